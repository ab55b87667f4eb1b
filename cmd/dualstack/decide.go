package main

import (
	"github.com/dualstack-dev/webhook/manifest"
	"github.com/dualstack-dev/webhook/mutate"
	"github.com/dualstack-dev/webhook/mutate/patch"
)

// decide returns the decision about an object, and whether it is one that there
// are decisions about. An error names the line and the field.
func decide(object manifest.Object, policy mutate.Policy) (mutate.Result, bool, error) {
	if pointer, ok := object.PodTemplate(); ok {
		return decideTemplate(object, pointer, policy)
	}
	switch object.APIVersion + " " + object.Kind {
	case "v1 Pod":
		pod, err := view[mutate.PodView](object, "")
		if err != nil {
			return mutate.Result{}, false, err
		}
		return mutate.Pod(pod, policy), true, nil
	case "v1 Service":
		service, err := view[mutate.ServiceView](object, "")
		if err != nil {
			return mutate.Result{}, false, err
		}
		return mutate.Service(mutate.After{ServiceView: service}, mutate.Before{}, policy), true, nil
	}
	return mutate.Result{}, false, nil
}

// decideTemplate decides about the Pods that a workload makes of the template
// at pointer. They have metadata, whether or not the template has.
func decideTemplate(object manifest.Object, pointer string, policy mutate.Policy) (mutate.Result, bool, error) {
	pod, err := view[mutate.PodView](object, pointer)
	if err != nil {
		return mutate.Result{}, false, err
	}
	var metadata patch.Builder
	if pod.Metadata == nil {
		pod.Metadata = &mutate.MetadataView{}
		metadata.Set("/metadata", struct{}{})
	}
	result := mutate.Pod(pod, policy)
	if result.Patch != nil {
		result.Patch = append(metadata.Operations(), result.Patch...)
	}
	return result.Under(patch.Path(pointer)), true, nil
}
