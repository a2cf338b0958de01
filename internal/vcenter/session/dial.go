// SPDX-License-Identifier: MPL-2.0

package session

import (
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/soap"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

const (
	dialTimeout   = 10 * time.Second
	minAPIVersion = "7.0" // the oldest vCenter whose API this provider was written for
)

// dial returns a client for the configured server; it opens no connection yet.
func (s *Session) dial() (*soap.Client, error) {
	u, err := soap.ParseURL(s.cfg.Server)
	if err != nil || u == nil || u.Host == "" {
		return nil, fmt.Errorf("%q is not the address of a vCenter: write a host name, or host:port", s.cfg.Server)
	}
	u.User = nil
	client := soap.NewClient(u, s.cfg.Insecure)
	client.UserAgent = s.cfg.UserAgent
	if s.cfg.CAFile != "" {
		pool, err := authorities(s.cfg.CAFile)
		if err != nil {
			return nil, err
		}
		client.DefaultTransport().TLSClientConfig.RootCAs = pool
	}
	transport := client.DefaultTransport()
	transport.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	transport.TLSHandshakeTimeout = dialTimeout
	transport.MaxIdleConnsPerHost = 16 // Terraform's default parallelism and some
	client.Transport = &loggedTransport{transport}
	return client, nil
}

// authorities reads certificates from PEM text, or from the files that a path list names.
func authorities(given string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if strings.Contains(given, "-----BEGIN") {
		if !pool.AppendCertsFromPEM([]byte(given)) {
			return nil, openstack.ProviderErrorf("ca_file", "the text holds no certificate that can be read")
		}
		return pool, nil
	}
	for _, name := range filepath.SplitList(given) {
		text, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			return nil, openstack.ProviderErrorf("ca_file", "it cannot be read: %w", err)
		}
		if !pool.AppendCertsFromPEM(text) {
			return nil, openstack.ProviderErrorf("ca_file", "%s holds no certificate in PEM form", name)
		}
	}
	return pool, nil
}
