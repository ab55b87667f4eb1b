package main

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/audit"
	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// answer is what there is to say about an object. Its paths begin there.
type answer struct {
	result mutate.Result
	// advice is about what is never changed.
	advice []audit.Finding
}

// decide returns the decision about an object in its place, and whether there is anything to
// say about it. An error names the line and the field.
func decide(object manifest.Object, namespaces namespaces) (answer, bool, error) {
	place := namespaces.of(object)
	if pointer, ok := object.PodTemplate(); ok {
		return decideTemplate(object, pointer, place)
	}
	switch object.APIVersion + " " + object.Kind {
	case "v1 Pod":
		pod, err := view[mutate.PodView](object, "")
		if err != nil {
			return answer{}, false, err
		}
		place.put(pod.Metadata)
		return decidePod(object, "", pod, place.policy), true, nil
	case "v1 Service":
		service, err := view[mutate.ServiceView](object, "")
		if err != nil {
			return answer{}, false, err
		}
		place.put(service.Metadata)
		if service.Spec != nil {
			place.policy.Membership.Selected = namespaces.meshed.behind(place.namespace, service.Spec.Selector)
		}
		return answer{result: mutate.Service(mutate.After{ServiceView: service}, mutate.Before{}, place.policy)}, true, nil
	}
	advice := advise(object)
	return answer{advice: advice}, len(advice) > 0, nil
}

// decidePod decides about the Pod at pointer. It gives no advice about one that
// wants to be left alone, nor in a namespace that has not opted in.
func decidePod(object manifest.Object, pointer string, pod *mutate.PodView, policy mutate.Policy) answer {
	a := answer{result: mutate.Pod(pod, policy)}
	if !slices.Contains(a.result.Notes, mutate.Note{Code: mutate.CodeOptedOut}) {
		a.advice = append(audit.Pod(pod), adviseSpec(object, pointer, policy)...)
	}
	return a
}

// adviseSpec returns the advice about the spec of the Pod at pointer, which is more
// than decisions read of it. It may have none.
func adviseSpec(object manifest.Object, pointer string, policy mutate.Policy) []audit.Finding {
	pod, err := view[corev1.Pod](object, pointer)
	if err != nil {
		return []audit.Finding{{Code: audit.CodeUnreadable}}
	}
	return audit.PodSpec("/spec", pod, policy)
}

// advise returns the advice about an object that is never changed. In whichever
// namespace it is, it may be about the traffic of others. Nothing in it is an
// error, because nothing of it changes.
func advise(object manifest.Object) []audit.Finding {
	advise, ok := audit.For(object.APIVersion, object.Kind)
	if !ok {
		return nil
	}
	data, err := object.JSON("")
	if err != nil {
		return []audit.Finding{{Code: audit.CodeUnreadable}}
	}
	return advise(data)
}

// decideTemplate decides about the Pods that a workload makes of the template
// at pointer. They have metadata, whether or not the template has.
func decideTemplate(object manifest.Object, pointer string, place place) (answer, bool, error) {
	pod, err := view[mutate.PodView](object, pointer)
	if err != nil {
		return answer{}, false, err
	}
	var metadata patch.Builder
	if pod.Metadata == nil {
		pod.Metadata = &mutate.MetadataView{}
		metadata.Set("/metadata", struct{}{})
	}
	place.put(pod.Metadata)
	a := decidePod(object, pointer, pod, place.policy)
	if a.result.Patch != nil {
		a.result.Patch = append(metadata.Operations(), a.result.Patch...)
	}
	a.result = a.result.Under(patch.Path(pointer))
	for i := range a.advice {
		a.advice[i].Path = patch.Path(pointer) + a.advice[i].Path
	}
	return a, true, nil
}
