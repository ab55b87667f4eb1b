package certs

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// secrets reads and writes the one Secret.
type secrets struct {
	client client.Client
	key    client.ObjectKey
}

// stored is the Secret as it was read; the zero stored is one that is not there.
type stored struct{ secret *corev1.Secret }

func (s stored) exists() bool { return s.secret != nil }

// immutable reports whether nobody can write into the Secret any more:
// https://kubernetes.io/docs/concepts/configuration/secret/#secret-immutable
func (s stored) immutable() bool {
	return s.exists() && s.secret.Immutable != nil && *s.secret.Immutable
}

func (s stored) data() map[string][]byte {
	if !s.exists() {
		return nil
	}
	return s.secret.Data
}

// read returns the Secret, if there is one.
func (s secrets) read(ctx context.Context) (stored, error) {
	secret := &corev1.Secret{}
	err := s.client.Get(ctx, s.key, secret)
	if apierrors.IsNotFound(err) {
		return stored{}, nil
	}
	if err != nil {
		return stored{}, fmt.Errorf("reading the Secret %s: %w", s.key, err)
	}
	return stored{secret}, nil
}

// write puts data into the Secret that was read, or creates it. An error may be
// a conflict: another replica was first. What else the Secret holds stays.
func (s secrets) write(ctx context.Context, present stored, data map[string][]byte) error {
	if !present.exists() {
		secret := &corev1.Secret{Type: corev1.SecretTypeOpaque, Data: data}
		secret.Name, secret.Namespace = s.key.Name, s.key.Namespace
		if err := s.client.Create(ctx, secret, fieldOwner); err != nil {
			return fmt.Errorf("creating the Secret %s: %w", s.key, err)
		}
		return nil
	}
	if present.immutable() {
		return fmt.Errorf("the Secret %s is immutable, and its authority has to be written: delete the Secret, for one that is not immutable", s.key)
	}
	secret := present.secret.DeepCopy()
	if secret.Data == nil {
		secret.Data = map[string][]byte{}
	}
	for _, key := range layoutKeys() {
		delete(secret.Data, key)
		if value, ok := data[key]; ok {
			secret.Data[key] = value
		}
	}
	patch := client.MergeFromWithOptions(present.secret, client.MergeFromWithOptimisticLock{})
	if err := s.client.Patch(ctx, secret, patch, fieldOwner); err != nil {
		return fmt.Errorf("writing the Secret %s: %w", s.key, err)
	}
	return nil
}
