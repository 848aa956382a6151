"""Tiny Thumb programs for the virtual microcontroller, with the machine code GNU as makes of each.

``start`` is the reset handler, ``on_11`` the handler of exception 11. Most leave their result in r4, which
becomes the exit code. ``test_virtual_programs.py`` assembles the sources anew where an assembler is at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

PRELUDE = ".syntax unified\n.cpu cortex-m7\n.fpu fpv5-sp-d16\n.thumb\n"


@dataclass(frozen=True)
class Program:
    """labels: offsets in the code."""

    source: str
    code: bytes
    labels: dict[str, int]


EXIT = """\
exit:
    push {r4}
    ldr r0, =0x20026
    push {r0}
    mov r1, sp
    movs r0, #0x20
    bkpt 0xab
"""

PROGRAMS: dict[str, Program] = {}


# r4: EXC_RETURN in the low half, IPSR in the high one; r5 and the flags survive.
PROGRAMS["supervisor_call"] = Program(
    """\
start:
    movs r5, #7
    cmp r5, #7
    svc #5
    bne hang
    b exit
hang:
    b .
on_11:
    mrs r4, ipsr
    lsls r4, r4, #16
    uxth r3, lr
    orrs r4, r3
    movs r0, #0
    cmp r0, #1
    bx lr
"""
    + EXIT,
    bytes.fromhex(
        "0725072d05df00d109e0fee7eff3058424041ffa8ef31c4300200128704710b4024801b469462020abbe000026000200"
    ),
    {"start": 0, "hang": 10, "on_11": 12, "exit": 30},
)

# A thread on the process stack, 4 modulo 8: r4 is bit 9 of the stacked xPSR and EXC_RETURN; sp returns.
PROGRAMS["process_stack"] = Program(
    """\
start:
    ldr r0, =0x20008004
    msr psp, r0
    movs r0, #2
    msr control, r0
    isb
    svc #0
    mov r6, sp
    ldr r0, =0x20008004
    cmp r6, r0
    bne hang
    b exit
hang:
    b .
on_11:
    mrs r0, psp
    ldr r1, [r0, #28]
    ubfx r4, r1, #9, #1
    lsls r4, r4, #16
    uxth r3, lr
    orrs r4, r3
    mrs r2, control
    cmp r2, #0
    bne hang
    bx lr
"""
    + EXIT,
    bytes.fromhex(
        "114880f30988022080f31488bff36f8f00df6e460c48864200d10ee0fee7eff30980c169c1f3402424041ffa8ef31c43"
        "eff31482002af1d1704710b4034801b469462020abbe00000480002026000200"
    ),
    {"start": 0, "hang": 28, "on_11": 30, "exit": 58},
)

# The handler changes s0 and s20 after a thread has used the FPU: s0 is restored, s20 is not. r4: both.
PROGRAMS["fpu_frame"] = Program(
    """\
start:
    ldr r0, =0xe000ed88
    movs r1, #0xf
    lsls r1, r1, #20
    str r1, [r0]
    dsb
    isb
    vmov.f32 s0, #1.0
    vmov.f32 s20, #2.0
    svc #0
    vadd.f32 s1, s0, s20
    vcvt.s32.f32 s1, s1
    vmov r4, s1
    orrs r4, r5
    b exit
on_11:
    uxth r5, lr
    lsls r5, r5, #16
    vmov.f32 s0, #8.0
    vmov.f32 s20, #16.0
    bx lr
"""
    + EXIT,
    bytes.fromhex(
        "11480f2109050160bff34f8fbff36f8fb7ee000ab0ee00aa00df70ee0a0afdeee00a10ee904a2c4307e01ffa8ef52d04"
        "b2ee000ab3ee00aa704710b4034801b469462020abbe000088ed00e026000200"
    ),
    {"start": 0, "on_11": 42, "exit": 58},
)

# An FPU instruction with CPACR as after reset; r6 counts what ran before it.
PROGRAMS["fpu_before_enabled"] = Program(
    """\
start:
    movs r6, #1
    adds r6, #1
    vmov.f32 s0, #1.0
    adds r6, #1
    b .
""",
    bytes.fromhex("01260136b7ee000a0136fee7"),
    {"start": 0},
)

# SysTick every 1000 cycles; sleeps until five have come. r4: ticks and wake-ups.
PROGRAMS["ticks"] = Program(
    """\
start:
    movs r4, #0
    movs r5, #0
    ldr r0, =0xe000e010
    ldr r1, =999
    str r1, [r0, #4]
    movs r1, #0
    str r1, [r0, #8]
    movs r1, #7
    str r1, [r0]
again:
    wfi
    adds r5, #1
    cmp r4, #5
    bne again
    lsls r5, r5, #16
    orrs r4, r5
    b exit
on_15:
    adds r4, #1
    bx lr
"""
    + EXIT,
    bytes.fromhex(
        "002400250b4840f2e7314160002181600721016030bf0135052cfbd12d042c4301e00134704710b4034801b469462020"
        "abbe000010e000e026000200"
    ),
    {"start": 0, "again": 20, "on_15": 34, "exit": 38},
)

# WFI with PRIMASK set wakes without the handler; the handler runs behind CPSIE. r4: order of events.
PROGRAMS["masked_wake_up"] = Program(
    """\
start:
    movs r4, #0
    cpsid i
    ldr r0, =0xe000e010
    ldr r1, =499
    str r1, [r0, #4]
    str r1, [r0, #8]
    movs r1, #7
    str r1, [r0]
    wfi
    lsls r4, r4, #4
    adds r4, #1
    cpsie i
    lsls r4, r4, #4
    adds r4, #3
    b exit
on_15:
    lsls r4, r4, #4
    adds r4, #2
    movs r1, #0
    str r1, [r0]
    bx lr
"""
    + EXIT,
    bytes.fromhex(
        "002472b60c4840f2f311416081600721016030bf2401013462b62401033404e02401023400210160704710b4034801b4"
        "69462020abbe000010e000e026000200"
    ),
    {"start": 0, "on_15": 32, "exit": 42},
)

# PendSV at 0xF0 waits while BASEPRI is 0x50. r4: order of events.
PROGRAMS["base_priority"] = Program(
    """\
start:
    movs r4, #0
    ldr r0, =0xe000ed20
    movs r1, #0xff
    strb r1, [r0, #2]
    ldrb r2, [r0, #2]
    cmp r2, #0xf0
    bne hang
    movs r1, #0x50
    msr basepri, r1
    ldr r0, =0xe000ed04
    movs r1, #1
    lsls r1, r1, #28
    str r1, [r0]
    dsb
    isb
    adds r4, #1
    movs r1, #0
    msr basepri, r1
    lsls r4, r4, #4
    adds r4, #3
    b exit
hang:
    b .
on_14:
    lsls r4, r4, #4
    adds r4, #2
    bx lr
"""
    + EXIT,
    bytes.fromhex(
        "00241148ff2181708278f02a11d1502181f311880d48012109070160bff34f8fbff36f8f0134002181f3118824010334"
        "03e0fee724010234704710b4044801b469462020abbe000020ed00e004ed00e026000200"
    ),
    {"start": 0, "hang": 50, "on_14": 52, "exit": 58},
)

# Line 0 (0x80) pends line 1 (0x40), which preempts it, and line 2 (0xC0), which waits. r4: order; r5:
# EXC_RETURN.
PROGRAMS["nested_interrupts"] = Program(
    """\
start:
    movs r4, #0
    ldr r7, =0xe000e400
    ldr r1, =0x00c04080
    str r1, [r7]
    ldr r7, =0xe000e100
    movs r1, #7
    str r1, [r7]
    adds r7, #0xff
    adds r7, #1
    movs r1, #1
    str r1, [r7]
    dsb
    isb
    lsls r4, r4, #4
    adds r4, #5
    b exit
on_16:
    adds r4, #1
    movs r1, #6
    str r1, [r7]
    dsb
    isb
    lsls r4, r4, #4
    adds r4, #3
    bx lr
on_17:
    lsls r4, r4, #4
    adds r4, #2
    uxtb r5, lr
    cmp r5, #0xf1
    bne .
    bx lr
on_18:
    lsls r4, r4, #4
    adds r4, #4
    uxtb r5, lr
    cmp r5, #0xf9
    bne .
    bx lr
"""
    + EXIT,
    bytes.fromhex(
        "0024174f17493960174f07213960ff37013701213960bff34f8fbff36f8f2401053417e0013406213960bff34f8fbff3"
        "6f8f240103347047240102345ffa8ef5f12dfed17047240104345ffa8ef5f92dfed1704710b4054801b469462020abbe"
        "00e400e08040c00000e100e026000200"
    ),
    {"start": 0, "on_16": 36, "on_17": 56, "on_18": 70, "exit": 84},
)

# An undefined instruction in a function; r1 is known.
PROGRAMS["undefined"] = Program(
    """\
start:
    movs r1, #42
    bl broken
    b .
broken:
    nop
    udf #1
    bx lr
""",
    bytes.fromhex("2a2100f001f8fee700bf01de7047"),
    {"start": 0, "broken": 8},
)

# A load from nowhere; the BusFault handler steps over it and keeps BFAR in r4.
PROGRAMS["skipped_bus_fault"] = Program(
    """\
start:
    ldr r0, =0xe000ed24
    ldr r1, =0x00070000
    str r1, [r0]
    ldr r2, =0x60000010
    ldr r3, [r2]
    b exit
on_5:
    ldr r0, =0xe000ed38
    ldr r4, [r0]
    ldr r1, [sp, #24]
    adds r1, #2
    str r1, [sp, #24]
    bx lr
"""
    + EXIT,
    bytes.fromhex(
        "09484ff4e0210160084a136805e008480468069902310691704710b4054801b469462020abbe000024ed00e010000060"
        "38ed00e026000200"
    ),
    {"start": 0, "on_5": 14, "exit": 26},
)

# A store to flash.
PROGRAMS["store_to_flash"] = Program(
    """\
start:
    ldr r0, =0x08000000
    str r0, [r0]
    b .
""",
    bytes.fromhex("4ff000600060fee7"),
    {"start": 0},
)

# A branch to an address with bit 0 clear.
PROGRAMS["jump_to_arm"] = Program(
    """\
start:
    ldr r0, =0x08000200
    bx r0
""",
    bytes.fromhex("0048004700020008"),
    {"start": 0},
)

# A call through a pointer to no memory.
PROGRAMS["jump_to_nowhere"] = Program(
    """\
start:
    ldr r0, =0x70000001
    blx r0
    b .
""",
    bytes.fromhex("01488047fee7000001000070"),
    {"start": 0},
)

# A call into a peripheral.
PROGRAMS["jump_to_register"] = Program(
    """\
start:
    ldr r0, =0x40020001
    blx r0
    b .
""",
    bytes.fromhex("01488047fee7000001000240"),
    {"start": 0},
)

# LDREX from an address that is not a multiple of four.
PROGRAMS["unaligned_exclusive"] = Program(
    """\
start:
    ldr r0, =0x20000001
    ldrex r1, [r0]
    b .
""",
    bytes.fromhex("014850e8001ffee701000020"),
    {"start": 0},
)

# The HardFault handler faults.
PROGRAMS["double_fault"] = Program(
    """\
start:
    udf #0
on_3:
    udf #1
""",
    bytes.fromhex("00de01de"),
    {"start": 0, "on_3": 2},
)

# A return value that says the thread used the process stack for an FPU frame of a core without handlers.
PROGRAMS["bad_exception_return"] = Program(
    """\
start:
    svc #0
    b .
on_11:
    ldr r0, =0xffffffe5
    bx r0
""",
    bytes.fromhex("00dffee76ff01a000047"),
    {"start": 0, "on_11": 4},
)

# SVC with a stack pointer that points to no memory.
PROGRAMS["stack_in_nowhere"] = Program(
    """\
start:
    ldr r0, =0x60000100
    mov sp, r0
    svc #0
    b .
on_11:
    bx lr
""",
    bytes.fromhex("0248854600dffee77047000000010060"),
    {"start": 0, "on_11": 8},
)

# AIRCR.SYSRESETREQ.
PROGRAMS["system_reset"] = Program(
    """\
start:
    ldr r0, =0xe000ed0c
    ldr r1, =0x05fa0004
    str r1, [r0]
    dsb
    b .
""",
    bytes.fromhex("024803490160bff34f8ffee70ced00e00400fa05"),
    {"start": 0},
)

# Three stores and a load where nothing is described; r4 is what the load gives.
PROGRAMS["strange_registers"] = Program(
    """\
start:
    ldr r0, =0x50060800
    movs r1, #0x5a
    str r1, [r0]
    strb r1, [r0, #1]
    str r1, [r0]
    ldr r4, [r0]
    b exit
"""
    + EXIT,
    bytes.fromhex("06485a210160417001600468ffe710b4034801b469462020abbe00000008065026000200"),
    {"start": 0, "exit": 14},
)

# Echoes console input in the interrupt handler until a full stop.
PROGRAMS["echo"] = Program(
    """\
start:
    ldr r7, =0x40011000
    movs r1, #0x2d
    str r1, [r7]
    ldr r0, =0xe000e104
    movs r1, #0x20
    str r1, [r0]
    movs r4, #0
again:
    wfi
    cmp r4, #'.'
    bne again
    b exit
on_53:
    ldr r4, [r7, #0x24]
    str r4, [r7, #0x28]
    bx lr
"""
    + EXIT,
    bytes.fromhex(
        "094f2d213960094820210160002430bf2e2cfcd102e07c6abc62704710b4044801b469462020abbe0010014004e100e0"
        "26000200"
    ),
    {"start": 0, "again": 14, "on_53": 22, "exit": 28},
)

# Echoes console input by polling, for ever.
PROGRAMS["poll_echo"] = Program(
    """\
start:
    ldr r7, =0x40011000
    movs r1, #0x0d
    str r1, [r7]
again:
    ldr r1, [r7, #0x1c]
    lsls r1, r1, #26
    bpl again
    ldrb r4, [r7, #0x24]
    strb r4, [r7, #0x28]
    b again
""",
    bytes.fromhex("054f0d213960f9698906fcd597f8244087f82840f7e7000000100140"),
    {"start": 0, "again": 6},
)

# WFE, YIELD and SEV do nothing.
PROGRAMS["hints"] = Program(
    """\
start:
    movs r4, #1
    wfe
    adds r4, #1
    yield
    adds r4, #1
    sev
    adds r4, #1
    b exit
"""
    + EXIT,
    bytes.fromhex("012420bf013410bf013440bf0134ffe710b4024801b469462020abbe26000200"),
    {"start": 0, "exit": 16},
)

# Cycles that DWT counts over a loop of 100 rounds.
PROGRAMS["cycle_counter"] = Program(
    """\
start:
    ldr r0, =0xe000edfc
    movs r1, #1
    lsls r1, r1, #24
    str r1, [r0]
    ldr r2, =0xe0001000
    ldr r1, =0xc5acce55
    ldr r0, =0xe0001fb0
    str r1, [r0]
    movs r1, #1
    str r1, [r2]
    movs r3, #100
    b first
first:
    ldr r5, [r2, #4]
    b round
round:
    subs r3, #1
    bne round
    ldr r4, [r2, #4]
    subs r4, r4, r5
    b exit
"""
    + EXIT,
    bytes.fromhex(
        "0c480121090601600b4a0c490c480160012111606423ffe75568ffe7013bfdd15468641bffe710b4064801b469462020"
        "abbe0000fced00e0001000e055ceacc5b01f00e026000200"
    ),
    {"start": 0, "first": 24, "round": 28, "exit": 38},
)

# Stores to SDRAM after the controller has loaded its mode register; r4 is read back.
PROGRAMS["sdram"] = Program(
    """\
start:
    ldr r0, =0xa0000150
    movs r1, #4
    str r1, [r0]
    dsb
    isb
    ldr r0, =0xc0000000
    ldr r1, =0x12345678
    str r1, [r0]
    ldr r4, [r0]
    b exit
"""
    + EXIT,
    bytes.fromhex(
        "094804210160bff34f8fbff36f8f4ff04040064901600468ffe710b4044801b469462020abbe0000500100a078563412"
        "26000200"
    ),
    {"start": 0, "exit": 26},
)

# A store to SDRAM before the controller is set up.
PROGRAMS["sdram_too_early"] = Program(
    """\
start:
    ldr r0, =0xc0000000
    str r0, [r0]
    b .
""",
    bytes.fromhex("4ff040400060fee7"),
    {"start": 0},
)

# Reads the serial flash once its controller maps it; r4 is the first word.
PROGRAMS["qspi"] = Program(
    """\
start:
    ldr r0, =0xa0001000
    ldr r1, =0x00170000
    str r1, [r0, #4]
    movs r1, #1
    str r1, [r0]
    ldr r1, =0x0f20256b
    str r1, [r0, #20]
    isb
    ldr r2, =0x90000000
    ldr r4, [r2]
    b exit
"""
    + EXIT,
    bytes.fromhex(
        "09484ff4b81141600121016007494161bff36f8f4ff010421468ffe710b4044801b469462020abbe001000a06b25200f"
        "26000200"
    ),
    {"start": 0, "exit": 28},
)

# The same, and then the controller stops mapping it.
PROGRAMS["qspi_left"] = Program(
    """\
start:
    ldr r0, =0xa0001000
    ldr r1, =0x00170000
    str r1, [r0, #4]
    movs r1, #1
    str r1, [r0]
    ldr r1, =0x0f20256b
    str r1, [r0, #20]
    isb
    ldr r2, =0x90000000
    ldr r4, [r2]
    movs r1, #0x66
    str r1, [r0, #20]
    isb
    ldr r4, [r2]
    b .
""",
    bytes.fromhex(
        "09484ff4b81141600121016007494161bff36f8f4ff01042146866214161bff36f8f1468fee70000001000a06b25200f"
    ),
    {"start": 0},
)

# r4: a flash word through its alias, minus the same directly; plus RAM that nobody has written.
PROGRAMS["memories"] = Program(
    """\
start:
    ldr r0, =0x08000000
    ldr r1, =0x00200000
    ldr r2, [r0]
    ldr r3, [r1]
    subs r4, r2, r3
    ldr r0, =0x20004000
    ldr r3, [r0]
    adds r4, r4, r3
    b exit
"""
    + EXIT,
    bytes.fromhex("4ff000604ff4001102680b68d41a05480368e418ffe710b4034801b469462020abbe00000040002026000200"),
    {"start": 0, "exit": 22},
)

# Counts down from 200000; then a tick handler has run some times; r4 is their number.
PROGRAMS["busy"] = Program(
    """\
start:
    movs r4, #0
    ldr r0, =0xe000e010
    ldr r1, =4999
    str r1, [r0, #4]
    str r1, [r0, #8]
    movs r1, #7
    str r1, [r0]
    ldr r3, =200000
round:
    cmp r3, #1
    ite eq
    moveq r5, #1
    addne r6, #1
    subs r3, #1
    bne round
    b exit
on_15:
    adds r4, #1
    bx lr
"""
    + EXIT,
    bytes.fromhex(
        "00240b4841f287314160816007210160084b012b0cbf01250136013bf9d101e00134704710b4044801b469462020abbe"
        "10e000e0400d030026000200"
    ),
    {"start": 0, "round": 18, "on_15": 32, "exit": 36},
)

# Code in RAM is exchanged for longer code of the same size, then invalidated. r4: ran both.
PROGRAMS["modified_code"] = Program(
    """\
start:
    ldr r0, =0x20000000
    ldr r1, =0x44043401
    str r1, [r0]
    ldr r1, =0xbf004770
    str r1, [r0, #4]
    movs r4, #0
    adds r6, r0, #1
    movs r0, #0
    blx r6
    ldr r0, =0x20000000
    ldr r1, =0x0402f104
    str r1, [r0]
    ldr r2, =0xe000ef50
    str r2, [r2]
    dsb
    isb
    movs r0, #0
    blx r6
    b exit
"""
    + EXIT,
    bytes.fromhex(
        "4ff000500d4901600d4941600024461c0020b0474ff000500a4901600a4a1260bff34f8fbff36f8f0020b047ffe710b4"
        "064801b469462020abbe000001340444704700bf04f1020450ef00e026000200"
    ),
    {"start": 0, "exit": 46},
)

# Waits for an interrupt that nobody sends.
PROGRAMS["sleep_for_good"] = Program(
    """\
start:
    wfi
    b .
""",
    bytes.fromhex("30bffee7"),
    {"start": 0},
)

# SysTick every 1000 cycles; sleeps in between, for ever.
PROGRAMS["ticks_for_good"] = Program(
    """\
start:
    ldr r0, =0xe000e010
    ldr r1, =999
    str r1, [r0, #4]
    str r1, [r0, #8]
    movs r1, #7
    str r1, [r0]
again:
    wfi
    b again
on_15:
    bx lr
""",
    bytes.fromhex("044840f2e731416081600721016030bffde7704710e000e0"),
    {"start": 0, "again": 14, "on_15": 18},
)

# A supervisor call inside an IT block: the rest of the block is executed under its conditions. r4: 1.
PROGRAMS["it_block"] = Program(
    """\
start:
    movs r4, #0
    cmp r4, #0
    itet eq
    svceq #0
    addne r4, #16
    addeq r4, #1
    b exit
on_11:
    movs r0, #1
    cmp r0, #0
    bx lr
"""
    + EXIT,
    bytes.fromhex("0024002c0abf00df1034013402e001200028704710b4024801b469462020abbe26000200"),
    {"start": 0, "on_11": 14, "exit": 20},
)

# An unprivileged thread calls; r4: CONTROL in the handler and, times 16, in the thread afterwards.
PROGRAMS["unprivileged"] = Program(
    """\
start:
    ldr r0, =0x20008000
    msr psp, r0
    movs r0, #3
    msr control, r0
    isb
    push {r0, r1}
    svc #0
    pop {r0, r1}
    mrs r5, control
    lsls r5, r5, #4
    orrs r4, r5
    mov r6, sp
    ldr r0, =0x20008000
    cmp r6, r0
    bne .
    b exit
on_11:
    mrs r4, control
    bx lr
"""
    + EXIT,
    bytes.fromhex(
        "0e4880f30988032080f31488bff36f8f03b400df03bceff314852d012c436e4606488642fed102e0eff31484704710b4"
        "034801b469462020abbe00000080002026000200"
    ),
    {"start": 0, "on_11": 40, "exit": 46},
)

# The thread asks to sleep whenever handlers are done; the third tick lets it go on. r4: ticks.
PROGRAMS["sleep_on_exit"] = Program(
    """\
start:
    movs r4, #0
    movs r5, #0
    ldr r7, =0xe000ed10
    movs r1, #2
    str r1, [r7]
    ldr r0, =0xe000e010
    ldr r1, =999
    str r1, [r0, #4]
    str r1, [r0, #8]
    movs r1, #7
    str r1, [r0]
    wfi
    adds r5, #1
    lsls r5, r5, #8
    orrs r4, r5
    b exit
on_15:
    adds r4, #1
    cmp r4, #3
    bne 1f
    movs r1, #0
    str r1, [r7]
1:  bx lr
"""
    + EXIT,
    bytes.fromhex(
        "002400250d4f022139600d4840f2e731416081600721016030bf01352d022c4305e00134032c01d100213960704710b4"
        "044801b469462020abbe000010ed00e010e000e026000200"
    ),
    {"start": 0, "on_15": 34, "exit": 46},
)

# VADD.F64, which a single-precision FPU does not have.
PROGRAMS["double_precision"] = Program(
    """\
start:
    ldr r0, =0xe000ed88
    movs r1, #0xf
    lsls r1, r1, #20
    str r1, [r0]
    dsb
    isb
    .fpu fpv5-d16
    vadd.f64 d0, d1, d2
    b .
""",
    bytes.fromhex("05480f2109050160bff34f8fbff36f8f31ee020bfee7000088ed00e0"),
    {"start": 0},
)

# A tick comes while the stack pointer points to no memory.
PROGRAMS["tick_on_bad_stack"] = Program(
    """\
start:
    ldr r0, =0x60000100
    mov sp, r0
    ldr r0, =0xe000e010
    ldr r1, =99
    str r1, [r0, #4]
    str r1, [r0, #8]
    movs r1, #7
    str r1, [r0]
again:
    adds r4, #1
    b again
on_15:
    bx lr
""",
    bytes.fromhex("0548854605484ff0630141608160072101600134fde770470001006010e000e0"),
    {"start": 0, "again": 18, "on_15": 22},
)

# Calls by name: two of work, one of tail, which ends in work, one of asks, whose handler is no part of it.
PROGRAMS["calls"] = Program(
    """\
start:
    bl work
    bl work
    bl tail
    bl asks
    movs r4, #0
    b exit
work:
    movs r0, #3
1:
    subs r0, #1
    bne 1b
    bx lr
tail:
    nop
    b work
asks:
    svc #0
    bx lr
on_11:
    nop
    nop
    bx lr
"""
    + EXIT,
    bytes.fromhex(
        "00f008f800f006f800f008f800f008f800240ae003200138fdd1704700bff9e700df704700bf00bf704710b4024801b4"
        "69462020abbe000026000200"
    ),
    {"start": 0, "work": 20, "tail": 28, "asks": 32, "on_11": 36, "exit": 42},
)
