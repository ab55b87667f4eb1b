package bench_test

import (
	"encoding/json"
	"fmt"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
)

// withVariables returns the review with n more environment variables in the
// last of the Pod's containers, which is not a sidecar's, and in its managed
// fields.
func withVariables(tb testing.TB, body []byte, n int) []byte {
	tb.Helper()
	return grow(tb, body, func(pod *corev1.Pod, owned fields) {
		c := &pod.Spec.Containers[len(pod.Spec.Containers)-1]
		ownedEnv := owned.field("f:spec").field("f:containers").field(key(c.Name)).field("f:env")
		for i := range n {
			v := corev1.EnvVar{Name: fmt.Sprintf("FEATURE_%05d", i), Value: fmt.Sprintf("https://feature-%05d.shop.example", i)}
			c.Env = append(c.Env, v)
			ownedEnv[key(v.Name)] = fields{".": fields{}, "f:name": fields{}, "f:value": fields{}}
		}
	})
}

// withVolumes returns the review with n more volumes, which nobody here reads,
// in the Pod and in its managed fields.
func withVolumes(tb testing.TB, body []byte, n int) []byte {
	tb.Helper()
	return grow(tb, body, func(pod *corev1.Pod, owned fields) {
		ownedVolumes := owned.field("f:spec").field("f:volumes")
		for i := range n {
			v := corev1.Volume{Name: fmt.Sprintf("tenant-%05d", i)}
			v.Secret = &corev1.SecretVolumeSource{SecretName: v.Name, DefaultMode: new(corev1.SecretVolumeSourceDefaultMode)}
			pod.Spec.Volumes = append(pod.Spec.Volumes, v)
			ownedVolumes[key(v.Name)] = fields{
				".": fields{}, "f:name": fields{},
				"f:secret": fields{".": fields{}, "f:defaultMode": fields{}, "f:secretName": fields{}},
			}
		}
	})
}

// fields are the fields that a manager owns, in the format FieldsV1.
type fields map[string]any

// field returns the fields under name.
func (f fields) field(name string) fields {
	child, ok := f[name].(map[string]any)
	if !ok {
		child = map[string]any{}
		f[name] = child
	}
	return child
}

// key is the name under which FieldsV1 has an element of a list.
func key(name string) string { return fmt.Sprintf(`k:{"name":%q}`, name) }

// grow returns the review with its Pod changed, and the fields that its first
// manager owns.
func grow(tb testing.TB, body []byte, change func(*corev1.Pod, fields)) []byte {
	tb.Helper()
	var review admissionv1.AdmissionReview
	decode(tb, body, &review)
	var pod corev1.Pod
	decode(tb, review.Request.Object.Raw, &pod)
	managed := pod.ManagedFields[0].FieldsV1
	var owned fields
	decode(tb, managed.GetRawBytes(), &owned)
	change(&pod, owned)
	managed.SetRawBytes(encode(tb, owned))
	review.Request.Object.Raw = encode(tb, pod)
	return encode(tb, review)
}

func decode(tb testing.TB, data []byte, into any) {
	tb.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		tb.Fatal(err)
	}
}

func encode(tb testing.TB, value any) []byte {
	tb.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
