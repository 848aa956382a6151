/* A task that runs a model again and again, and one of higher priority that wants to run it at every tick. */
#include <string.h>

#include <FreeRTOS.h>
#include <task.h>

#include <mlf_port.h>
#include <mlf_port_internal.h>

#include "mlf_models.h"
#include "mlf_samples.h"

#define RUNS 2000U

static volatile uint32_t busy, other;

static void intrude(void *unused)
{
	(void)unused;
	for (;;) {
		mlf_status_t status;

		vTaskDelay(1);
		status = mlf_run(mlf_models[0]);
		if (status == MLF_ERR_BUSY) {
			busy++;
		} else if (status != MLF_OK) {
			other++;
		}
	}
}

static void run_models(void *unused)
{
	const mlf_model_t *model = mlf_models[0];
	uint32_t wrong = 0;

	(void)unused;
	for (uint32_t run = 0; run < RUNS; run++) {
		const mlf_sample_t *sample = &mlf_samples[run % mlf_num_samples];

		memcpy(mlf_input(model, 0)->data, sample->inputs[0], mlf_input(model, 0)->size_bytes);
		/* Refused only while the other one runs, which has ended when this task runs again. */
		wrong += mlf_run(model) != MLF_OK ||
			 memcmp(mlf_output(model, 0)->data, sample->expected[0], mlf_output(model, 0)->size_bytes) != 0;
	}
	mlf_print("wrong ");
	mlf_print_decimal(wrong);
	mlf_print(", other ");
	mlf_print_decimal(other);
	mlf_print(busy > 10U ? ", refused often\n" : ", refused rarely\n");
	mlf_print("mlf: end, 0 failures\n");
	vTaskSuspend(NULL);
}

int main(void)
{
	static StaticTask_t tasks[2];
	static StackType_t stacks[2][1024];

	mlf_port_start();
	(void)mlf_init(mlf_models[0]);
	(void)xTaskCreateStatic(run_models, "models", 1024, NULL, 1, stacks[0], &tasks[0]);
	(void)xTaskCreateStatic(intrude, "intruder", 1024, NULL, 2, stacks[1], &tasks[1]);
	vTaskStartScheduler();
	return 0;
}
