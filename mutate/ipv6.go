package mutate

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// refuseIPv6 returns the first reason why nothing in the Pod may be told to bind
// an IPv6 address; empty if there is none. Where the kernel has no IPv6, or none
// for the Pod, a program does not start with one, and where it keeps the families
// apart the program loses IPv4.
func refuseIPv6(pod *PodView, facts Facts) Code {
	if code := refuseNetwork(pod); code != "" {
		return code
	}
	switch {
	case pod.Spec.changesIPv6():
		return CodePodSysctl
	case facts.Pods != Enabled:
		return CodePodsNotDual
	}
	return ""
}

// refuseNetwork returns why nothing that the Pod binds may change; empty if it
// may.
func refuseNetwork(pod *PodView) Code {
	switch {
	case pod.Spec.HostNetwork:
		return CodeHostNetwork
	case pod.Spec.OS != nil && pod.Spec.OS.Name == corev1.Windows:
		return CodeWindows
	}
	return ""
}

// changesIPv6 reports whether a sysctl of the Pod turns IPv6 off, on whatever
// interface, or sockets for both families. The kernel's separators are "." and
// "/": https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/
func (s *PodSpecView) changesIPv6() bool {
	if s.SecurityContext == nil {
		return false
	}
	return slices.ContainsFunc(s.SecurityContext.Sysctls, func(sysctl SysctlView) bool {
		name := strings.ReplaceAll(sysctl.Name, "/", ".")
		off := strings.HasPrefix(name, "net.ipv6.conf.") && strings.HasSuffix(name, ".disable_ipv6")
		return (off || name == "net.ipv6.bindv6only") && strings.TrimSpace(sysctl.Value) != "0"
	})
}
