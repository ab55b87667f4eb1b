package envtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// Options say what control plane to start. The zero Options are those of a
// dual-stack cluster.
type Options struct {
	// Assets is the directory with kube-apiserver, etcd and kubectl; the value
	// of KUBEBUILDER_ASSETS if empty.
	Assets string
	// ServiceRanges are the ranges of cluster IPs, the primary family first.
	ServiceRanges []string
	// Audit writes an audit log, for AuditEvents.
	Audit bool
	// FeatureGates are those of the API server, such as Name=false.
	FeatureGates []string
}

// ControlPlane is a running kube-apiserver with its etcd. Both listen on
// loopback only.
type ControlPlane struct {
	environment *envtest.Environment
	config      *rest.Config
	proxy       *proxy
	failedOpen  failedOpen
	assets      string
	directory   string
	families    int // that Services, and so Pods, have
}

// Start starts a control plane. Who starts it stops it.
func Start(o Options) (_ *ControlPlane, err error) {
	c := &ControlPlane{assets: o.Assets}
	if c.assets == "" {
		c.assets = os.Getenv("KUBEBUILDER_ASSETS")
	}
	if err := checkAssets(c.assets); err != nil {
		return nil, err
	}
	// The path of a unix socket has at most 104 bytes, so not t.TempDir().
	if c.directory, err = os.MkdirTemp("", "dualstack-"); err != nil {
		return nil, fmt.Errorf("making a directory for the control plane: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop())
		}
	}()
	if c.proxy, err = startProxy(c.path("egress.sock")); err != nil {
		return nil, err
	}
	if err := c.start(o); err != nil {
		return nil, err
	}
	return c, os.WriteFile(c.Kubeconfig(), c.environment.KubeConfig, 0o600)
}

// startTimeout is for a busy machine; an idle one takes seconds.
const startTimeout = 3 * time.Minute

func (c *ControlPlane) start(o Options) error {
	ranges := o.ServiceRanges
	if len(ranges) == 0 {
		ranges = []string{"10.96.0.0/16", "fd00:10:96::/112"}
	}
	c.families = len(ranges)
	if err := os.WriteFile(c.path("egress.yaml"), egressConfiguration(c.path("egress.sock")), 0o600); err != nil {
		return fmt.Errorf("configuring the egress selector: %w", err)
	}
	c.environment = &envtest.Environment{BinaryAssetsDirectory: c.assets, ControlPlaneStartTimeout: startTimeout, ControlPlaneStopTimeout: startTimeout}
	server := c.environment.ControlPlane.GetAPIServer()
	server.Err = &c.failedOpen
	// A directory of its own would go when it is stopped, and another one would have
	// other keys.
	server.CertDir = c.path("apiserver")
	if err := os.Mkdir(server.CertDir, 0o700); err != nil {
		return fmt.Errorf("making a directory for the API server: %w", err)
	}
	arguments := server.Configure()
	arguments.Set("service-cluster-ip-range", strings.Join(ranges, ","))
	arguments.Set("egress-selector-config-file", c.path("egress.yaml"))
	if len(o.FeatureGates) > 0 {
		arguments.Set("feature-gates", strings.Join(o.FeatureGates, ","))
	}
	if o.Audit {
		if err := os.WriteFile(c.path("audit-policy.yaml"), []byte(auditPolicy), 0o600); err != nil {
			return fmt.Errorf("configuring the audit log: %w", err)
		}
		arguments.Set("audit-policy-file", c.path("audit-policy.yaml"))
		arguments.Set("audit-log-path", c.path("audit.log"))
		arguments.Set("audit-log-mode", "blocking-strict")
	}
	config, err := c.environment.Start()
	if err != nil {
		return fmt.Errorf("starting the control plane of %s: %w", c.assets, err)
	}
	c.config = config
	return nil
}

// Stop stops the processes, waits for them and removes their files.
func (c *ControlPlane) Stop() error {
	var errs []error
	if c.environment != nil {
		errs = append(errs, c.environment.Stop())
	}
	if c.proxy != nil {
		errs = append(errs, c.proxy.stop())
	}
	return errors.Join(append(errs, os.RemoveAll(c.directory))...)
}

// StopAPIServer stops the API server, for StartAPIServer to start again at the same
// address, with the same objects.
func (c *ControlPlane) StopAPIServer() error {
	if err := c.environment.ControlPlane.GetAPIServer().Stop(); err != nil {
		return fmt.Errorf("stopping the API server: %w", err)
	}
	return nil
}

// StartAPIServer starts the API server that was stopped.
func (c *ControlPlane) StartAPIServer() error {
	if err := c.environment.ControlPlane.GetAPIServer().Start(); err != nil {
		return fmt.Errorf("starting the API server again: %w", err)
	}
	return nil
}

// Config returns the configuration of a client that may do everything.
func (c *ControlPlane) Config() *rest.Config { return rest.CopyConfig(c.config) }

// Kubeconfig returns the path of a kubeconfig file of the same user.
func (c *ControlPlane) Kubeconfig() string { return c.path("kubeconfig") }

// User writes a kubeconfig file for a user that may do only what RBAC allows
// it, and returns its path.
func (c *ControlPlane) User(name string) (string, error) {
	user, err := c.environment.AddUser(envtest.User{Name: name}, nil)
	if err != nil {
		return "", fmt.Errorf("adding the user %s: %w", name, err)
	}
	kubeconfig, err := user.KubeConfig()
	if err != nil {
		return "", fmt.Errorf("writing the kubeconfig of %s: %w", name, err)
	}
	path := c.path("kubeconfig-" + name)
	return path, os.WriteFile(path, kubeconfig, 0o600)
}

// Kubectl returns the path of kubectl.
func (c *ControlPlane) Kubectl() string { return filepath.Join(c.assets, "kubectl") }

func (c *ControlPlane) path(name string) string { return filepath.Join(c.directory, name) }

// checkAssets names what is missing, and the cure.
func checkAssets(directory string) error {
	const cure = "run make test, or set KUBEBUILDER_ASSETS=$(go run -C test/controlplane .)"
	if directory == "" {
		return fmt.Errorf("KUBEBUILDER_ASSETS is not set: %s", cure)
	}
	for _, name := range []string{"kube-apiserver", "etcd", "kubectl"} {
		if _, err := os.Stat(filepath.Join(directory, name)); err != nil {
			return fmt.Errorf("KUBEBUILDER_ASSETS has no %s: %s: %w", name, cure, err)
		}
	}
	return nil
}
