"""No image of a crashed process's memory: it would hold words, tokens and keys in the clear."""


def leave_none() -> None:
    """From now on the system writes no core file of this process and of its children."""
    try:
        import resource
    except ImportError:
        return  # Windows writes one only where somebody asked it to
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
