{% if cookiecutter.project.standalone %}
/* Generated once by {{ cookiecutter.project.generator | c_comment }}; yours from here on. */
#include <zephyr/sys/printk.h>

#include "mlf_clock.h"
#include "mlf_models.h"
#include "mlf_samples.h"

static void print(const char *text)
{
	printk("%s", text);
}

int main(void)
{
	static const mlf_sample_io_t io = {.print = print, .now_us = mlf_now_us};

{% include "main_body.c" %}
	return 0;
}
{% else %}
/* Generated once by {{ cookiecutter.project.generator | c_comment }}; yours from here on. */
#include <mlf/rpc_host.h>

int main(void)
{
	/* Hosts are served on the console's UART; printk() writes to their log. Interrupts and other threads keep running. */
	mlf_rpc_serve();
}
{% endif %}
