{% if cookiecutter.project.standalone %}
/* Generated once by {{ cookiecutter.project.generator | c_comment }}; yours from here on. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "mlf_models.h"
#include "mlf_samples.h"

static void print(const char *text)
{
	printk("%s", text);
}

static uint32_t now_us(void)
{
	return (uint32_t)k_cyc_to_us_floor64(k_cycle_get_32());
}

int main(void)
{
	static const mlf_sample_io_t io = {.print = print, .now_us = now_us};

{% include "main_body.c" %}
	return 0;
}
{% else %}
/* Generated once by {{ cookiecutter.project.generator | c_comment }}; yours from here on. */
#include <mlf/rpc_host.h>

int main(void)
{
	/* Hosts are served on the console's UART; printk() writes to their log. Interrupts and other threads work on. */
	mlf_rpc_serve();
}
{% endif %}
