/* SPDX-License-Identifier: Apache-2.0 */
/* Between the port's own files. */
#ifndef MLF_PORT_INTERNAL_H_
#define MLF_PORT_INTERNAL_H_

#include "mlf_driver.h"
#include "mlf_port.h"

#define MLF_MPU_REGION_NORMAL_MEMORY 0U
#define MLF_MPU_REGION_STACK_GUARD 1U
#define MLF_MPU_REGION_FLASH_BANK 2U
#define MLF_MPU_REGION_FLASH 3U

/* ---- handlers, with their names in the vector table */

void Reset_Handler(void);
void NMI_Handler(void);
void HardFault_Handler(void);
void MemManage_Handler(void);
void BusFault_Handler(void);
void UsageFault_Handler(void);
void SVC_Handler(void);
void PendSV_Handler(void);
void SysTick_Handler(void);
void mlf_unexpected_interrupt(void);

/* ---- text */

/* From the console driver: waits until one byte has been accepted. */
void mlf_console_put(char byte);

/* Where printed text goes: to the console, or, when that carries packets, to the host's log. */
void mlf_print_byte(char byte);
void mlf_print_last(void);

void mlf_print_hex(uint32_t number);
void mlf_print_decimal(uint32_t number);

/* ---- from the kernel, or its replacement: port/<rtos>/mlf_kernel.c */

/* Starts the timer that mlf_now_us() reads. */
void mlf_time_start(void);

/* The name of the current task, or NULL if there are no tasks. */
const char *mlf_task_name(void);

#endif /* MLF_PORT_INTERNAL_H_ */
