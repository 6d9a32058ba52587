"""The fuzzer's planted fault: a decoder that falls over one input in a million million."""


def decode(data: bytes) -> int:
    """Crashes on what begins with 0x9c, 0x21, 0xf3, 0x6e, 0xd8; each byte is a branch of its own."""
    if len(data) < 5:
        raise ValueError("too short")
    if data[0] == 0x9C:
        if data[1] == 0x21:
            if data[2] == 0xF3:
                if data[3] == 0x6E:
                    if data[4] == 0xD8:
                        return data[len(data)]
                    return 4
                return 3
            return 2
        return 1
    return 0
