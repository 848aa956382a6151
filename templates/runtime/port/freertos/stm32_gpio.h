/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STM32_GPIO_H_
#define STM32_GPIO_H_

#include <mlf_board.h>

/* Gives a pin to one of its peripherals, push-pull at full speed. port: 0 for GPIOA. RM0385, section 6.4. */
static inline void stm32_gpio_alternate(uint32_t port, uint32_t pin, uint32_t function)
{
	GPIO_TypeDef *gpio = (GPIO_TypeDef *)(GPIOA_BASE + port * (GPIOB_BASE - GPIOA_BASE));
	uint32_t half = pin / 8U;
	uint32_t nibble = (pin % 8U) * 4U;

	RCC->AHB1ENR |= RCC_AHB1ENR_GPIOAEN << port;
	(void)RCC->AHB1ENR; /* the port answers two cycles later */
	gpio->AFR[half] = (gpio->AFR[half] & ~(0xFU << nibble)) | (function << nibble);
	gpio->OSPEEDR |= 3U << (pin * 2U);
	gpio->MODER = (gpio->MODER & ~(3U << (pin * 2U))) | (2U << (pin * 2U));
}

#endif /* STM32_GPIO_H_ */
