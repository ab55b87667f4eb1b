package envtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// mount is a volume of the release's Pod, at a path of its container, that is in
// a directory here.
type mount struct {
	client          client.Client
	volume          corev1.Volume
	path, directory string
}

// mount writes the files of the Pod's volumes.
func (c *ControlPlane) mount(ctx context.Context, k8s client.Client, pod corev1.PodSpec) ([]mount, error) {
	volumes := map[string]corev1.Volume{}
	for _, volume := range pod.Volumes {
		volumes[volume.Name] = volume
	}
	var mounts []mount
	for _, at := range pod.Containers[0].VolumeMounts {
		directory, err := os.MkdirTemp(c.directory, at.Name+"-")
		if err != nil {
			return nil, fmt.Errorf("making a directory for the volume %s: %w", at.Name, err)
		}
		m := mount{client: k8s, volume: volumes[at.Name], path: at.MountPath, directory: directory}
		if err := m.sync(ctx); err != nil {
			return nil, fmt.Errorf("the volume %s: %w", at.Name, err)
		}
		mounts = append(mounts, m)
	}
	return mounts, nil
}

// SyncVolumes writes what the ConfigMaps and Secrets of the container's volumes
// hold now. A kubelet does it too, a minute or two after they have changed:
// https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod.
func (s *Server) SyncVolumes(ctx context.Context) error {
	for _, m := range s.mounts {
		if err := m.sync(ctx); err != nil {
			return fmt.Errorf("the volume %s: %w", m.volume.Name, err)
		}
	}
	return nil
}

// sync replaces all files at once, in the kubelet's way: they are links into a
// directory that is itself a link, and only this one changes. See AtomicWriter in
// k8s.io/kubernetes/pkg/volume/util/atomic_writer.go.
func (m mount) sync(ctx context.Context) error {
	files, err := m.read(ctx)
	if err != nil {
		return err
	}
	const current = "..data"
	data := filepath.Join(m.directory, current)
	before, err := os.Readlink(data)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	next, err := os.MkdirTemp(m.directory, "..")
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(next, name), content, 0o600); err != nil {
			return err
		}
		err := os.Symlink(filepath.Join(current, name), filepath.Join(m.directory, name))
		if err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	if err := os.Symlink(filepath.Base(next), data+"_tmp"); err != nil {
		return err
	}
	if err := os.Rename(data+"_tmp", data); err != nil || before == "" {
		return err
	}
	return os.RemoveAll(filepath.Join(m.directory, before))
}

// read returns the volume's files by their names.
func (m mount) read(ctx context.Context) (map[string][]byte, error) {
	switch {
	case m.volume.ConfigMap != nil:
		var object corev1.ConfigMap
		err := m.client.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: m.volume.ConfigMap.Name}, &object)
		files := map[string][]byte{}
		for name, text := range object.Data {
			files[name] = []byte(text)
		}
		return files, err
	case m.volume.Secret != nil:
		var object corev1.Secret
		err := m.client.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: m.volume.Secret.SecretName}, &object)
		return object.Data, err
	}
	return nil, errors.New("it is of a kind that is not known here")
}
