/* Two threads, each on a model of its own, whose workspace is one array: one at a time runs, and no output is wrong. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "mlf_models.h"
#include "mlf_samples.h"

#define CALLS 100U

#define MOST_CALLS 5000U

static atomic_uint busy, other, wrong;
static pthread_barrier_t start;

/* The samples of one model; only its thread touches its inputs and outputs. */
static void *work(void *context)
{
	const mlf_model_t *model = context;
	uint32_t done = 0;

	(void)pthread_barrier_wait(&start);
	/* Until the two have met. */
	while (done < CALLS || (atomic_load(&busy) == 0U && done < MOST_CALLS)) {
		const mlf_sample_t *sample = &mlf_samples[done % mlf_num_samples];
		mlf_status_t status;

		if (sample->model != model) {
			done++;
			continue;
		}
		for (uint32_t i = 0; i < model->num_inputs; i++) {
			memcpy(mlf_input(model, i)->data, sample->inputs[i], mlf_input(model, i)->size_bytes);
		}
		status = mlf_run(model);
		if (status == MLF_ERR_BUSY) {
			atomic_fetch_add(&busy, 1U);
			continue;
		}
		done++;
		if (status != MLF_OK) {
			atomic_fetch_add(&other, 1U);
			continue;
		}
		for (uint32_t i = 0; i < model->num_outputs; i++) {
			const mlf_tensor_t *output = mlf_output(model, i);

			if (memcmp(output->data, sample->expected[i], output->size_bytes) != 0) {
				atomic_fetch_add(&wrong, 1U);
			}
		}
	}
	return NULL;
}

/* Any thread may call; nobody looks at the outputs before all have ended. */
static void *call_only(void *context)
{
	(void)pthread_barrier_wait(&start);
	for (uint32_t i = 0; i < CALLS; i++) {
		mlf_status_t status = mlf_run(context);

		if (status == MLF_ERR_BUSY) {
			atomic_fetch_add(&busy, 1U);
		} else if (status != MLF_OK) {
			atomic_fetch_add(&other, 1U);
		}
	}
	return NULL;
}

static int both(void *(*act)(void *), const mlf_model_t *first, const mlf_model_t *second)
{
	pthread_t threads[2];

	if (pthread_barrier_init(&start, NULL, 2) != 0) {
		return 1;
	}
	if (pthread_create(&threads[0], NULL, act, (void *)(uintptr_t)first) != 0 ||
	    pthread_create(&threads[1], NULL, act, (void *)(uintptr_t)second) != 0) {
		return 1;
	}
	(void)pthread_join(threads[0], NULL);
	(void)pthread_join(threads[1], NULL);
	(void)pthread_barrier_destroy(&start);
	return 0;
}

int main(void)
{
	const mlf_model_t *first = mlf_models[0], *second = mlf_models[1];

	if (mlf_init(first) != MLF_OK || mlf_init(second) != MLF_OK) {
		return 1;
	}
	if (both(work, first, second) != 0) {
		return 2;
	}
	printf("two models: wrong %u, other %u, refused %s\n", wrong, other, busy != 0U ? "some" : "none");
	busy = 0;
	if (both(call_only, first, first) != 0) {
		return 3;
	}
	for (uint32_t i = 0; i < mlf_num_samples; i++) {
		/* the sample that the model's thread ran last is still in the inputs */
		bool same = mlf_samples[i].model == first;

		for (uint32_t k = 0; same && k < first->num_inputs; k++) {
			same = memcmp(first->inputs[k].data, mlf_samples[i].inputs[k], first->inputs[k].size_bytes) == 0;
		}
		for (uint32_t k = 0; same && k < first->num_outputs; k++) {
			wrong += memcmp(first->outputs[k].data, mlf_samples[i].expected[k],
					first->outputs[k].size_bytes) != 0 ? 1U : 0U;
		}
	}
	printf("one model: wrong %u, other %u, ran or was refused %s\n", wrong, other,
	       first->state->runs + busy >= 2U * CALLS ? "each time" : "sometimes");
	return 0;
}
