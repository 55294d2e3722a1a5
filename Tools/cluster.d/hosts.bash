# The hosts of the test cluster: one native, three foreign; two word sizes, both byte orders.
# shellcheck shell=bash disable=SC2034

host_names=(xeon pi64 pi32 mainframe)

declare -A host_address=(
    [xeon]=127.0.0.11 [pi64]=127.0.0.12 [pi32]=127.0.0.13 [mainframe]=127.0.0.14)
declare -A host_target=(
    [xeon]=x86_64-linux-musl [pi64]=aarch64-linux-musl
    [pi32]=arm-linux-musleabihf [mainframe]=s390x-linux-musl)
# What uname -m answers there.
declare -A host_machine=([xeon]=$(uname -m) [pi64]=aarch64 [pi32]=armv7l [mainframe]=s390x)
# Debian's name for the architecture of the host's busybox; none: the machine's own programs.
declare -A host_debian=([pi64]=arm64 [pi32]=armhf [mainframe]=s390x)
declare -A host_qemu=([pi64]=aarch64 [pi32]=arm [mainframe]=s390x)
# An ARM of the seventh version: qemu's default is the eighth, which calls itself armv8l.
declare -A host_cpu=([pi32]=cortex-a15)

# The first bytes of an executable of each architecture and which bits of them count, as
# binfmt_misc reads them: ELF class, byte order, ET_EXEC or ET_DYN, and the machine's number.
declare -A elf_magic=(
    [pi64]='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
    [pi32]='\x7fELF\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x28\x00'
    [mainframe]='\x7fELF\x02\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x16')
little='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
big='\xff\xff\xff\xff\xff\xff\xff\xfc\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff'
declare -A elf_mask=([pi64]=$little [pi32]=$little [mainframe]=$big)

# Emulators that the foreign hosts need, one word each.
foreign_qemus() {
    local name
    for name in "${!host_qemu[@]}"; do echo "qemu-${host_qemu[$name]}-static"; done
}

# The line that registers a host's emulator. P keeps argv[0] (busybox is called by its applets'
# names); F opens the emulator now, from outside of the root that the host will have.
registration() {
    local qemu=qemu-${host_qemu[$1]}-static
    echo ":$qemu:M::${elf_magic[$1]}:${elf_mask[$1]}:$(command -v "$qemu"):PF"
}
