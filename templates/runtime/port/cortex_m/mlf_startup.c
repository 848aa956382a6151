/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to main(). The vector table is generated: model/src/mlf_vectors.c. */
#include "cortex_m.h"
#include "mlf_port_internal.h"

#define CORE_VECTORS 16U

/* Linker script: each marks an address. */
extern uint32_t _sidata[], _sdata[], _edata[], _sbss[], _ebss[];

int main(void);
void __libc_init_array(void);

void mlf_unexpected_interrupt(void)
{
	mlf_print("\nmlf: no handler for interrupt ");
	mlf_print_decimal((CM_ICSR & CM_ICSR_VECTACTIVE) - CORE_VECTORS);
	mlf_stop("unexpected interrupt");
}

void Reset_Handler(void)
{
	if (MLF_HAS_FPU != 0U) {
		/* The compiler may use floating point registers anywhere from here on. */
		CM_CPACR |= CM_CPACR_CP10_CP11_FULL;
		cm_dsb();
		cm_isb();
	}
	for (uint32_t *to = _sdata, *from = _sidata; to < _edata; to++, from++) {
		*to = *from;
	}
	for (uint32_t *to = _sbss; to < _ebss; to++) {
		*to = 0U;
	}
	__libc_init_array();
	(void)main();
	mlf_stop("main() returned");
}
