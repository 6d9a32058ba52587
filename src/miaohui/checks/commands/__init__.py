"""The subcommands of `miaohui check`, one module each with `main(argv) -> int`."""
