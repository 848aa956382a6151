/* Runs a model ten thousand times on its recorded inputs: the same outputs and the same high-water marks to the end. */
#include <string.h>

#include <mlf_port.h>
#include <mlf_port_internal.h>

#include "mlf_models.h"
#include "mlf_samples.h"

#define RUNS 10000U
#define SETTLED 1000U /* by then every recorded input has been seen */

static uint32_t stack_left_bytes(void);

static void say(const char *what, uint32_t number)
{
	mlf_print(what);
	mlf_print_decimal(number);
}

static uint32_t run_wrongly(const mlf_sample_t *sample)
{
	const mlf_model_t *model = sample->model;
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < model->num_inputs; i++) {
		memcpy(mlf_input(model, i)->data, sample->inputs[i], mlf_input(model, i)->size_bytes);
	}
	if (mlf_run(model) != MLF_OK) {
		return 1;
	}
	for (uint32_t i = 0; i < model->num_outputs; i++) {
		const mlf_tensor_t *output = mlf_output(model, i);

		wrong |= memcmp(output->data, sample->expected[i], output->size_bytes) != 0 ? 1U : 0U;
	}
	return wrong;
}

static void endure(void)
{
	const mlf_model_t *model = mlf_samples[0].model;
	uint32_t wrong = 0, settled_bytes = 0, touched_bytes = 0, settled_left_bytes = 0;

	say("init ", (uint32_t)-mlf_init(model));
	for (uint32_t run = 0; run < RUNS; run++) {
		wrong += run_wrongly(&mlf_samples[run % mlf_num_samples]);
		if (run + 1U == SETTLED) {
			(void)mlf_workspace_high_water(model, &settled_bytes);
			settled_left_bytes = stack_left_bytes();
		}
	}
	(void)mlf_workspace_high_water(model, &touched_bytes);
	say(", runs ", model->state->runs);
	say(", wrong ", wrong);
	say(", workspace ", settled_bytes);
	say(" to ", touched_bytes);
	say(", stack left ", settled_left_bytes);
	say(" to ", stack_left_bytes());
	mlf_print("\nmlf: end, 0 failures\n");
}
