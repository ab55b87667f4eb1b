package network

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"
)

// AddToLoopback has the network answer at an address, which need not be a loopback
// address: it does what "ip address add ADDRESS dev lo" does.
// https://man7.org/linux/man-pages/man7/rtnetlink.7.html
func AddToLoopback(addr netip.Addr) error {
	if err := addAddress(addr); err != nil {
		return fmt.Errorf("adding %s to lo: %w", addr, err)
	}
	return nil
}

// indexOfLoopback is that of the first interface in a network namespace.
const indexOfLoopback = 1

func addAddress(addr netip.Addr) error {
	family := uint8(syscall.AF_INET)
	if addr.Is6() {
		family = syscall.AF_INET6
	}
	order := binary.NativeEndian
	message := order.AppendUint32([]byte{family, uint8(addr.BitLen()), 0, 0}, indexOfLoopback)
	message = order.AppendUint16(message, uint16(syscall.SizeofRtAttr+addr.BitLen()/8))
	message = order.AppendUint16(message, syscall.IFA_LOCAL)
	message = append(message, addr.AsSlice()...)

	request := order.AppendUint32(nil, uint32(syscall.NLMSG_HDRLEN+len(message)))
	request = order.AppendUint16(request, syscall.RTM_NEWADDR)
	request = order.AppendUint16(request, syscall.NLM_F_REQUEST|syscall.NLM_F_ACK|syscall.NLM_F_CREATE)
	request = append(request, make([]byte, 8)...) // A number and a sender: there is one of each.
	return ask(append(request, message...))
}

// ask sends a request to the kernel and returns what it says about it.
func ask(request []byte) error {
	socket, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer func() { _ = syscall.Close(socket) }()
	if err := syscall.Sendto(socket, request, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, syscall.Getpagesize())
	n, _, err := syscall.Recvfrom(socket, answer, 0)
	if err != nil {
		return err
	}
	messages, err := syscall.ParseNetlinkMessage(answer[:n])
	if err != nil {
		return err
	}
	for _, m := range messages {
		if m.Header.Type == syscall.NLMSG_ERROR {
			return errorOf(m.Data)
		}
	}
	return fmt.Errorf("the kernel says nothing: %x", answer[:n])
}

// errorOf returns nil where the kernel's number is none.
func errorOf(data []byte) error {
	if number := int32(binary.NativeEndian.Uint32(data)); number != 0 {
		return syscall.Errno(-number)
	}
	return nil
}
