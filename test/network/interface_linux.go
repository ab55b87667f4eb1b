package network

import (
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"unsafe"
)

// LoopbackUp does what "ip link set lo up" does:
// https://man7.org/linux/man-pages/man7/netdevice.7.html
func LoopbackUp() error {
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP}
	copy(request.name[:], "lo")
	if err := ioctl(syscall.AF_INET, syscall.SIOCSIFFLAGS, unsafe.Pointer(&request)); err != nil {
		return fmt.Errorf("setting lo up: %w", err)
	}
	return nil
}

// AddToLoopback has lo answer at an IPv6 address that is no loopback address, as
// "ip address add ADDRESS/128 dev lo" does:
// https://man7.org/linux/man-pages/man7/ipv6.7.html
func AddToLoopback(addr netip.Addr) error {
	request := struct {
		addr   [16]byte
		bits   uint32
		device int32
	}{addr.As16(), 128, 1} // In a new namespace lo is the first.
	if err := ioctl(syscall.AF_INET6, syscall.SIOCSIFADDR, unsafe.Pointer(&request)); err != nil {
		return fmt.Errorf("adding %s to lo: %w", addr, err)
	}
	return nil
}

func ioctl(family int, request uintptr, argument unsafe.Pointer) error {
	socket, err := syscall.Socket(family, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = syscall.Close(socket) }()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), request, uintptr(argument)); errno != 0 {
		return errno
	}
	return nil
}

// NameHosts has the hosts that a file lists be found, and no others: it is
// /etc/hosts here.
func NameHosts(file string) error {
	if err := syscall.Mount(file, "/etc/hosts", "", syscall.MS_BIND, ""); err != nil {
		return os.NewSyscallError("mounting /etc/hosts", err)
	}
	return nil
}
