/* Somebody's own firmware for the STM32F746: its own start-up, linker script and console, and a model that it runs. */
#include <string.h>

#include <mlf/sample.h>

#include "mlf_samples.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define RCC_AHB3ENR REGISTER(0x40023838UL)
#define FMC_SDCR1 REGISTER(0xA0000140UL)
#define FMC_SDTR1 REGISTER(0xA0000148UL)
#define FMC_SDCMR REGISTER(0xA0000150UL)
#define FMC_SDRTR REGISTER(0xA0000154UL)
#define FMC_SDSR REGISTER(0xA0000158UL)
#define USART1_CR1 REGISTER(0x40011000UL)
#define USART1_ISR REGISTER(0x4001101CUL)
#define USART1_TDR REGISTER(0x40011028UL)

extern uint32_t _estack, _sdata, _edata, _sidata, _sbss, _ebss;

void Reset_Handler(void);

static void fault(void)
{
	for (;;) {
	}
}

__attribute__((section(".isr_vector"), used)) static const uintptr_t vectors[16] = {
	(uintptr_t)&_estack, (uintptr_t)Reset_Handler, (uintptr_t)fault, (uintptr_t)fault,
	(uintptr_t)fault,    (uintptr_t)fault,         (uintptr_t)fault,
};

static void put(const char *text)
{
	for (; *text != '\0'; text++) {
		while ((USART1_ISR & (1U << 7)) == 0U) {
		}
		USART1_TDR = (uint8_t)*text;
	}
}

static uint32_t no_time(void)
{
	return 0;
}

static void command(uint32_t word)
{
	while ((FMC_SDSR & (1U << 5)) != 0U) {
	}
	FMC_SDCMR = word | (1U << 4);
}

static void start_sdram(void)
{
	RCC_AHB3ENR |= 1U;
	(void)RCC_AHB3ENR;
	FMC_SDCR1 = 0x1954U;
	FMC_SDTR1 = 0x01115351U;
	command(1U);
	command(2U);
	command(3U | (7U << 5));
	command(4U | (0x230U << 9));
	FMC_SDRTR = 1667U << 1;
}

void Reset_Handler(void)
{
	static const mlf_sample_io_t io = {.print = put, .now_us = no_time};

	memcpy(&_sdata, &_sidata, (size_t)((uintptr_t)&_edata - (uintptr_t)&_sdata));
	memset(&_sbss, 0, (size_t)((uintptr_t)&_ebss - (uintptr_t)&_sbss));
	USART1_CR1 = 0x0DU;
	start_sdram();
	(void)mlf_sample_run_all(mlf_samples, mlf_num_samples, &io);
	for (;;) {
	}
}
