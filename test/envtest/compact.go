package envtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Compact has etcd forget every state but the last, as the API server asks it to
// every five minutes. Whoever is in the middle of a list is told that it expired.
func (c *ControlPlane) Compact(ctx context.Context) error {
	var now struct {
		Header struct {
			Revision string `json:"revision"`
		} `json:"header"`
	}
	if err := c.askEtcd(ctx, "range", map[string]any{"key": []byte("/")}, &now); err != nil {
		return err
	}
	return c.askEtcd(ctx, "compaction", map[string]any{"revision": now.Header.Revision, "physical": true}, &now)
}

// askEtcd calls a method of its JSON API:
// https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/
func (c *ControlPlane) askEtcd(ctx context.Context, method string, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	url := c.environment.ControlPlane.Etcd.URL.JoinPath("v3/kv", method)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("asking etcd for %s: %w", method, err)
	}
	if response.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("asking etcd for %s: %s", method, response.Status), response.Body.Close())
	}
	return errors.Join(json.NewDecoder(response.Body).Decode(answer), response.Body.Close())
}
