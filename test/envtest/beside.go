package envtest

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// StartBeside starts another API server of the same cluster, with these ranges of
// cluster IPs, as there is one while a cluster gets its second range. It calls no
// webhooks. The configuration is that of a client that may do everything; stop is
// for who starts it to call.
func (c *ControlPlane) StartBeside(ranges ...string) (config *rest.Config, stop func() error, err error) {
	first := c.environment.ControlPlane.GetAPIServer()
	server := &envtest.APIServer{Path: first.Path, EtcdURL: first.EtcdURL, StartTimeout: startTimeout, StopTimeout: startTimeout}
	arguments := server.Configure()
	arguments.Set("service-cluster-ip-range", strings.Join(ranges, ","))
	arguments.Append("disable-admission-plugins", "ServiceAccount", "MutatingAdmissionWebhook")
	if err := server.Start(); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("starting another API server: %w", err), server.Stop())
	}
	base := &rest.Config{Host: server.SecureServing.URL("https", "").String()}
	base.CAData = server.CA
	config, err = server.AddUser(envtest.User{Name: "admin", Groups: []string{"system:masters"}}, base)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("adding a user: %w", err), server.Stop())
	}
	return config, server.Stop, nil
}
