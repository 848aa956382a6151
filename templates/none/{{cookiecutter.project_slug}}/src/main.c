/* Generated once by {{ cookiecutter.project.generator | c_comment }}; yours from here on. */
#include <mlf_port.h>
{% if cookiecutter.project.host_driven %}
#include <mlf/rpc_host.h>

/* Hosts are served on the console's UART; mlf_print() writes to their log. Interrupts keep running. */
int main(void)
{
	mlf_port_start();
	mlf_rpc_serve();
}
{% else %}

#include "mlf_models.h"
#include "mlf_samples.h"

int main(void)
{
	static const mlf_sample_io_t io = {.print = mlf_print, .now_us = mlf_now_us};

	mlf_port_start();
{% include "main_body.c" %}
	for (;;) {
		mlf_idle();
	}
}
{% endif %}
