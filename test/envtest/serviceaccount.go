package envtest

import (
	"context"
	"errors"
	"fmt"
	"os"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ServiceAccount writes a kubeconfig file with a token of the service account,
// as a kubelet would give it to a Pod, and returns its path.
func (c *ControlPlane) ServiceAccount(ctx context.Context, namespace, name string) (string, error) {
	k8s, err := client.New(c.config, client.Options{})
	if err != nil {
		return "", fmt.Errorf("making a client: %w", err)
	}
	account := &corev1.ServiceAccount{}
	account.Name, account.Namespace = name, namespace
	token := &authenticationv1.TokenRequest{}
	if err := k8s.SubResource("token").Create(ctx, account, token); err != nil {
		return "", fmt.Errorf("asking for a token of the service account %s: %w", name, err)
	}
	config := rest.AnonymousClientConfig(c.config)
	kubeconfig, err := clientcmd.Write(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{"envtest": {Server: config.Host, CertificateAuthorityData: config.CAData}},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{name: {Token: token.Status.Token}},
		Contexts:       map[string]*clientcmdapi.Context{"envtest": {Cluster: "envtest", AuthInfo: name}},
		CurrentContext: "envtest",
	})
	if err != nil {
		return "", fmt.Errorf("writing the kubeconfig of the service account %s: %w", name, err)
	}
	file, err := os.CreateTemp(c.directory, "kubeconfig-")
	if err != nil {
		return "", fmt.Errorf("writing the kubeconfig of the service account %s: %w", name, err)
	}
	_, err = file.Write(kubeconfig)
	return file.Name(), errors.Join(err, file.Close())
}
