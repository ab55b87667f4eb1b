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

// read returns the Secret; exists reports whether there is one.
func (s secrets) read(ctx context.Context) (secret *corev1.Secret, exists bool, err error) {
	secret = &corev1.Secret{}
	err = s.client.Get(ctx, s.key, secret)
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, false, fmt.Errorf("reading the Secret %s: %w", s.key, err)
	}
	return secret, err == nil, nil
}

// write puts data into the Secret that was read, or creates it. An error may be
// a conflict: another replica was first. What else the Secret holds stays.
func (s secrets) write(ctx context.Context, present *corev1.Secret, exists bool, data map[string][]byte) error {
	if !exists {
		secret := &corev1.Secret{Type: corev1.SecretTypeOpaque, Data: data}
		secret.Name, secret.Namespace = s.key.Name, s.key.Namespace
		if err := s.client.Create(ctx, secret, fieldOwner); err != nil {
			return fmt.Errorf("creating the Secret %s: %w", s.key, err)
		}
		return nil
	}
	secret := present.DeepCopy()
	if secret.Data == nil {
		secret.Data = map[string][]byte{}
	}
	for _, key := range layoutKeys() {
		delete(secret.Data, key)
		if value, ok := data[key]; ok {
			secret.Data[key] = value
		}
	}
	patch := client.MergeFromWithOptions(present, client.MergeFromWithOptimisticLock{})
	if err := s.client.Patch(ctx, secret, patch, fieldOwner); err != nil {
		return fmt.Errorf("writing the Secret %s: %w", s.key, err)
	}
	return nil
}
