"""Whether a coded video can hold interlaced pictures among progressive ones, by its header alone."""

from __future__ import annotations

from av.video.codeccontext import VideoCodecContext

from clipzy.media.decoding.entry_points import h264_header

# Codecs in which each picture may be interlaced or not; in all others the first one tells for all
PICTURE_BY_PICTURE = {"mpeg1video", "mpeg2video", "vc1"}
SPS = 7  # nal_unit_type of a sequence parameter set of H.264
# profile_idc of those that say more of their colours (ITU-T H.264, 7.3.2.1.1)
HIGH_PROFILES = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
MOST_ZEROS = 32  # before a code of Exp-Golomb, 9.1
MOST_OFFSETS = 255  # num_ref_frames_in_pic_order_cnt_cycle


def may_interlace(context: VideoCodecContext) -> bool:
    """Whether some pictures may be interlaced although the first is not."""
    if context.name != "h264":
        return context.name in PICTURE_BY_PICTURE
    try:
        sets = [unit for unit in _units(context.extradata or b"") if unit and unit[0] & 31 == SPS]
        return not sets or any(_has_fields(unit) for unit in sets)
    except (IndexError, ValueError):  # it cannot be parsed
        return True


def _units(extradata: bytes) -> list[bytes]:
    return h264_header(extradata)[1] if extradata[:1] == b"\1" else extradata.split(b"\0\0\1")


def _has_fields(sps: bytes) -> bool:
    """Whether frame_mbs_only_flag is 0 (ITU-T H.264, 7.3.2.1.1)."""
    bits = _Bits(sps[1:].replace(b"\0\0\3", b"\0\0"))
    profile = bits.take(8)
    bits.take(16)
    bits.golomb()  # seq_parameter_set_id
    if profile in HIGH_PROFILES:
        _pass_colours(bits)
    bits.golomb()  # log2_max_frame_num_minus4
    order = bits.golomb()  # pic_order_cnt_type
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        bits.golomb()
        bits.golomb()
        for _ in range(min(bits.golomb(), MOST_OFFSETS)):
            bits.golomb()
    bits.golomb()  # max_num_ref_frames
    bits.take(1)
    bits.golomb()  # width and height
    bits.golomb()
    return not bits.take(1)


def _pass_colours(bits: _Bits) -> None:
    chroma = bits.golomb()
    if chroma == 3:  # 4:4:4
        bits.take(1)
    bits.golomb()  # depths
    bits.golomb()
    bits.take(1)
    if not bits.take(1):  # no scaling matrices
        return
    for number in range(12 if chroma == 3 else 8):
        if bits.take(1):
            _pass_scaling_list(bits, 16 if number < 6 else 64)


def _pass_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            code = bits.golomb()
            following = (last + ((code + 1) // 2 if code % 2 else -(code // 2))) % 256
        last = following or last


class _Bits:
    """Reads the bits of some bytes; raises ValueError at their end."""

    def __init__(self, content: bytes) -> None:
        self._bits = "".join(f"{byte:08b}" for byte in content)
        self._at = 0

    def take(self, count: int) -> int:
        """The next `count` bits as a number."""
        taken = self._bits[self._at : self._at + count]
        if len(taken) < count:
            raise ValueError("the parameter set ends early")
        self._at += count
        return int(taken or "0", 2)

    def golomb(self) -> int:
        """An unsigned Exp-Golomb code (9.1)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > MOST_ZEROS:
                raise ValueError("the parameter set is damaged")
        return (1 << zeros) - 1 + self.take(zeros)
