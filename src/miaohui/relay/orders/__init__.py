"""An order's way from quote to settlement, dispatch and the desks."""
