"""The commands with which a computer drives a board, and serves TVM's clients."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from generator.cli.parser_parts import add_options, app_argument, build_folder_argument, common_arguments
from generator.model.options import RTOSES, options_of


def host_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands to the parser. add: makes the parser of one of them."""
    session = add(
        "session",
        help="drive a built host-driven application: set inputs, run, get outputs, time runs",
        description="Drive a built host-driven application over its UART, session after session.",
    )
    app_argument(session)
    add_options(session, options_of("open_transport"))
    build_folder_argument(session)
    session.add_argument(
        "--model", metavar="NAME", help="Run this model; needed only if the application has several."
    )
    session.add_argument(
        "--inputs",
        metavar="FILE",
        help="Read the inputs from this .npz file, from arrays named in<J>, in<J>_<K> or like the inputs, or from "
        "a .npy file (default: one set of ascending values).",
    )
    session.add_argument("-o", "--output", metavar="FILE", help="Write the outputs to this .npz file.")
    session.add_argument("--runs", type=int, default=0, metavar="N", help="Time N further runs (default: 0).")
    session.add_argument(
        "--sessions",
        type=int,
        default=1,
        metavar="N",
        help="Open N sessions, one after another (default: 1).",
    )
    common_arguments(session, json=True)

    serve = add(
        "serve",
        help="serve TVM's Project API (JSON-RPC) for a project or a template project",
        description="Serve TVM's Project API, version 1, on standard input and output or on two file descriptors.",
    )
    serve.add_argument(
        "--project",
        metavar="FOLDER",
        help="Serve this generated project or template project (default: the current folder).",
    )
    serve.add_argument(
        "--read-fd",
        type=int,
        metavar="N",
        help="Read requests from this file descriptor (default: standard input).",
    )
    serve.add_argument(
        "--write-fd",
        type=int,
        metavar="N",
        help="Write answers to this file descriptor (default: standard output).",
    )
    common_arguments(serve, json=False)

    template_dir = add(
        "template-dir",
        help="print the folder to give TVM's clients as a template project",
        description="Print the folder to give TVM's clients as a template project.",
    )
    template_dir.add_argument(
        "--rtos",
        required=True,
        choices=RTOSES,
        help="Print the template for this RTOS; 'none' means bare metal.",
    )
    common_arguments(template_dir, json=False)
