/* SPDX-License-Identifier: Apache-2.0 */
/* The server's task waits for a notification. */
#include <FreeRTOS.h>
#include <task.h>

#include "mlf_rpc_uart.h"

#define LOG_PERIOD_MS 100U

const uint8_t mlf_rpc_priority = configMAX_SYSCALL_INTERRUPT_PRIORITY;

static TaskHandle_t waiting;

void mlf_rpc_wait_start(void)
{
	waiting = xTaskGetCurrentTaskHandle();
}

void mlf_rpc_wait(void)
{
	(void)ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(LOG_PERIOD_MS));
}

void mlf_rpc_wake(void)
{
	BaseType_t woken = pdFALSE;

	vTaskNotifyGiveFromISR(waiting, &woken);
	portYIELD_FROM_ISR(woken);
}
