package network

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// LoopbackUp does what "ip link set lo up" does:
// https://man7.org/linux/man-pages/man7/netdevice.7.html
func LoopbackUp() error {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = syscall.Close(socket) }()
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP}
	copy(request.name[:], "lo")
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return fmt.Errorf("setting lo up: %w", errno)
	}
	return nil
}

// NameHosts has the hosts be found that a file lists as /etc/hosts does, and no
// others.
func NameHosts(file string) error {
	return os.NewSyscallError("mounting /etc/hosts", syscall.Mount(file, "/etc/hosts", "", syscall.MS_BIND, ""))
}
