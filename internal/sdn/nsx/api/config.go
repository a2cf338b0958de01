// SPDX-License-Identifier: MPL-2.0

package api

import (
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// The ways to log in, which the argument auth of the block `nsx` chooses from.
const (
	AuthSession = "session" // one login, then a cookie and an XSRF token
	AuthBasic   = "basic"   // user and password with every call
	AuthRemote  = "remote"  // those of VMware Identity Manager with every call
)

// Config describes how to reach an NSX Manager. Errors about a field name the argument of the block `nsx`.
type Config struct {
	Server           string        // host, host:port, or https://host:port, of the manager or of the cluster's virtual IP
	User             string        // for example admin
	Password         string        // never printed
	Auth             string        // AuthSession (also if empty), AuthBasic or AuthRemote
	Certificate      string        // a principal identity's certificate, as PEM text or the name of a file; it needs no user
	Key              string        // the certificate's key, as PEM text or the name of a file; never printed
	CA               string        // the authorities to trust, as PEM text or the name of a file
	Insecure         bool          // accept any certificate
	Project          string        // id of a project of the default organization (NSX 4.1 and later); empty: the default space
	EnforcementPoint string        // id; empty: default
	AllowOverwrite   bool          // change and delete also what belongs to another principal identity
	Timeout          time.Duration // how long one call may stay unanswered, repetitions included; 0: 3 minutes
	Rate             float64       // calls that begin in a second, at most; 0: 60
	Settle           time.Duration // how long NSX may take to let go of an object that is to be deleted; 0: a minute
	Pause            time.Duration // the shortest pause before a call is repeated, the longest being 25 times that; 0: 0.2 s
	UserAgent        string
}

// manager returns scheme and host of the manager's address. Its error does not repeat text that may hold a password.
func (cfg Config) manager() (string, error) {
	if cfg.Server == "" {
		return "", openstack.AttributeErrorf("nsx.server", "nothing says where NSX is: write the host name of the NSX Manager, or set the "+
			"environment variable NSXT_MANAGER_HOST")
	}
	text := cfg.Server
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", openstack.AttributeErrorf("nsx.server", "it is not the address of an NSX Manager: write a host name, host:port, or "+
			"https://host:port, without a user and a path")
	}
	return "https://" + u.Host, nil
}

// complete checks that nothing needed to log in is missing.
func (cfg Config) complete() error {
	switch cfg.Auth {
	case "", AuthSession, AuthBasic, AuthRemote:
	default:
		return openstack.AttributeErrorf("nsx.auth", "%q is no way to log in to NSX: write session, basic or remote", cfg.Auth)
	}
	switch {
	case cfg.Key != "" && cfg.Certificate == "":
		return openstack.AttributeErrorf("nsx.client_auth_cert_file", "it is not set, but client_auth_key_file is: set both or neither")
	case cfg.Certificate != "" && cfg.Key == "":
		return openstack.AttributeErrorf("nsx.client_auth_key_file", "it is not set, but client_auth_cert_file is: set both or neither")
	case cfg.Certificate != "":
		return nil
	case cfg.User == "":
		return openstack.AttributeErrorf("nsx.user", "it is not set: write it in the block, or set the environment variable NSXT_USERNAME")
	case cfg.Password == "":
		return openstack.AttributeErrorf("nsx.password", "it is not set: write it in the block, or set the environment variable NSXT_PASSWORD")
	}
	return nil
}

// trust returns the authorities to trust and the certificate to show.
func (cfg Config) trust() (*tls.Config, error) {
	out := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: cfg.Insecure}
	if cfg.CA != "" {
		text, err := contents(cfg.CA)
		if err != nil {
			return nil, openstack.AttributeErrorf("nsx.ca_file", "it cannot be read: %w", err)
		}
		out.RootCAs = x509.NewCertPool()
		if !out.RootCAs.AppendCertsFromPEM(text) {
			return nil, openstack.AttributeErrorf("nsx.ca_file", "it holds no certificate in PEM form")
		}
	}
	if cfg.Certificate == "" {
		return out, nil
	}
	cert, err := contents(cfg.Certificate)
	if err != nil {
		return nil, openstack.AttributeErrorf("nsx.client_auth_cert_file", "it cannot be read: %w", err)
	}
	key, err := contents(cfg.Key)
	if err != nil { // the error would quote the text, which may be a key that lost its first line
		return nil, openstack.AttributeErrorf("nsx.client_auth_key_file", "it is neither a key in PEM form nor the name of a file that "+
			"can be read")
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, openstack.AttributeErrorf("nsx.client_auth_cert_file", "it and client_auth_key_file are no pair in PEM form: %w", err)
	}
	out.Certificates = []tls.Certificate{pair}
	return out, nil
}

// contents returns PEM text as it is, else the contents of the file with that name.
func contents(text string) ([]byte, error) {
	if strings.Contains(text, "-----BEGIN") {
		return []byte(text), nil
	}
	return os.ReadFile(filepath.Clean(text))
}
