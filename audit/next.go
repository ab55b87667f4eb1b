package audit

import (
	"slices"

	"github.com/dualstack-dev/webhook/mutate"
)

// next returns the next steps of a namespace on the path report, pods, restart,
// apply, upgrade; and of one that has not opted in those of the way back. Each
// of them can be stopped at.
func next(n Namespace) []Step {
	pods, services := split(n.Findings)
	var steps []Step
	switch n.Mode {
	case mutate.ModeReport:
		steps = append(label(n.Name, mutate.ModePods, "Pods that are created get their settings"), restart(n, pods)...)
	case mutate.ModePods:
		steps = append(restart(n, pods), clearBlocked(n)...)
		if len(steps) == 0 {
			steps = append(label(n.Name, mutate.ModeApply, "Services that are created become dual-stack"), upgrade(n.Name, services)...)
		}
	case mutate.ModeApply:
		steps = append(restart(n, pods), upgrade(n.Name, services)...)
	default:
		return back(n, pods, services)
	}
	if len(steps) > 0 {
		steps = append(steps, again(n.Name))
	}
	return steps
}

// back returns the steps that take back what is left in a namespace without a
// mode: Services first, since they are what sends clients to IPv6.
func back(n Namespace, pods, services []Entry) []Step {
	var steps []Step
	if len(services) > 0 {
		steps = append(steps, inNamespace("dualstack services revert --namespace %s", n.Name, "Services give back the family that we added"))
	}
	steps = append(steps, restart(n, pods)...)
	if len(steps) > 0 {
		return append(steps, again(n.Name))
	}
	return label(n.Name, mutate.ModeReport, "the audit says what would change; nothing does")
}

// split returns what is to do about Pods and about Services.
func split(findings []Entry) (pods, services []Entry) {
	for _, e := range findings {
		switch {
		case e.Level != Todo:
		case e.Object.Kind == "Service":
			services = append(services, e)
		default:
			pods = append(pods, e)
		}
	}
	slices.SortFunc(pods, compareEntries)
	return pods, services
}

// clearBlocked returns that blocked Pods come before Services: clients would reach them
// over IPv6, past a sidecar that does not capture it.
func clearBlocked(n Namespace) []Step {
	if n.Pods.Blocked == 0 {
		return nil
	}
	return []Step{{Why: "clear what is blocked about Pods before the mode becomes apply, or keep their Services as they are: dualstack.dev/mode: \"off\""}}
}

func label(namespace string, mode mutate.Mode, why string) []Step {
	return []Step{inNamespace("kubectl label namespace %s "+mutate.KeyMode+"="+string(mode)+" --overwrite", namespace, why)}
}

func upgrade(namespace string, services []Entry) []Step {
	if len(services) == 0 {
		return nil
	}
	return []Step{inNamespace("dualstack services upgrade --namespace %s", namespace, "it shows its plan and asks")}
}

func again(namespace string) Step {
	return inNamespace("dualstack audit --namespace %s", namespace, "see whether it took")
}
