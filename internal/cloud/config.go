// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Config describes how to reach a cloud. Each field has the name of an argument of the block `openstack`. An empty field takes the value
// of the cloud's entry in clouds.yaml, if there is one.
type Config struct {
	Cloud   string // the entry of clouds.yaml; empty: only the fields below count
	AuthURL string
	Region  string

	UserName         string
	UserID           string
	Password         string // never printed
	UserDomainName   string
	UserDomainID     string
	TenantName       string
	TenantID         string
	ProjectDomain    string // its name
	ProjectDomainID  string
	DomainName       string
	DomainID         string
	DefaultDomain    string // the id of the domain to use if none is named
	Token            string // never printed
	CredentialID     string // of an application credential
	CredentialName   string
	CredentialSecret string // never printed

	EndpointType string // public, internal or admin, with or without the suffix URL
	CACert       string // the authorities to trust, as PEM text or the name of a file
	Cert         string // the client's certificate, as PEM text or the name of a file
	Key          string // the certificate's key, as PEM text or the name of a file
	Insecure     *bool  // accept any certificate; nil: as clouds.yaml says

	UserAgent string
}

// entry is a configuration merged with its entry in clouds.yaml.
type entry struct {
	auth      gophercloud.AuthOptions
	region    string
	endpoints string
	tls       *tls.Config
}

func (c Config) name(e entry) string {
	if c.Cloud != "" {
		return c.Cloud
	}
	return e.auth.IdentityEndpoint
}

// trust returns advice for an untrusted certificate.
func (c Config) trust() string {
	if c.Cloud != "" {
		return "set cacert_file (OS_CACERT, or cacert in clouds.yaml) to the authority that signed it"
	}
	return "set cacert_file (OS_CACERT) to the authority that signed it"
}

// resolve reads the cloud's entry in clouds.yaml, if one is named, and overlays the configuration.
func (c Config) resolve() (entry, error) {
	e := entry{tls: &tls.Config{MinVersion: tls.VersionTLS12}, endpoints: string(gophercloud.AvailabilityPublic)}
	if c.Cloud != "" {
		if err := e.read(c); err != nil {
			return e, err
		}
	}
	if err := c.over(&e); err != nil {
		return e, err
	}
	return e, c.complete(e)
}

// read loads an entry of clouds.yaml, merged with secure.yaml and clouds-public.yaml.
func (e *entry) read(c Config) error {
	auth, endpoint, trust, err := clouds.Parse(clouds.WithCloudName(c.Cloud), clouds.WithRegion(c.Region))
	if err != nil {
		return openstack.AttributeErrorf("openstack.cloud", "the entry %q of clouds.yaml cannot be used: %s. The file is OS_CLIENT_CONFIG_FILE, "+
			"else clouds.yaml in the working directory, ~/.config/openstack or /etc/openstack", c.Cloud, briefly(err))
	}
	e.auth, e.region, e.endpoints = auth, endpoint.Region, string(endpoint.Availability)
	trust.MinVersion = tls.VersionTLS12
	e.tls = trust
	return nil
}

// briefly returns an error's first line. A YAML parser quotes what it does not understand, which may be a password, so its text is
// replaced.
func briefly(err error) string {
	line, _, more := strings.Cut(err.Error(), "\n")
	if more || strings.HasPrefix(line, "yaml:") {
		return "it is not YAML of the form that OpenStack's clients read"
	}
	return line
}

// over overlays the configuration on the entry.
func (c Config) over(e *entry) error {
	a := &e.auth
	c.login(a)
	put(&a.IdentityEndpoint, c.AuthURL)
	put(&e.region, c.Region)
	if c.EndpointType != "" {
		e.endpoints = strings.TrimSuffix(c.EndpointType, "URL")
	}
	c.domains(a)
	c.scope(a)
	a.AllowReauth = a.TokenID == ""
	return c.certificates(e.tls)
}

// login sets the credentials. Credentials in the configuration replace all of the entry's.
func (c Config) login(a *gophercloud.AuthOptions) {
	if c.Token != "" || c.Password != "" || c.CredentialSecret != "" {
		a.TokenID, a.Password = "", ""
		a.ApplicationCredentialID, a.ApplicationCredentialName, a.ApplicationCredentialSecret = "", "", ""
	}
	if c.UserName != "" || c.UserID != "" {
		a.Username, a.UserID = "", ""
	}
	put(&a.TokenID, c.Token)
	put(&a.Password, c.Password)
	put(&a.UserID, c.UserID)
	if a.UserID == "" {
		put(&a.Username, c.UserName)
	}
	put(&a.ApplicationCredentialID, c.CredentialID)
	if a.ApplicationCredentialID == "" {
		put(&a.ApplicationCredentialName, c.CredentialName)
	}
	put(&a.ApplicationCredentialSecret, c.CredentialSecret)
}

// domains sets the user's domain. A login with an id needs none.
func (c Config) domains(a *gophercloud.AuthOptions) {
	if c.UserDomainID != "" || c.UserDomainName != "" || c.DomainID != "" || c.DomainName != "" {
		a.DomainID, a.DomainName = "", ""
	}
	switch {
	case a.UserID != "" || a.Username == "" || a.TokenID != "" || a.ApplicationCredentialID != "":
		a.DomainID, a.DomainName = "", ""
	case c.UserDomainID != "" || c.UserDomainName != "":
		a.DomainID, a.DomainName = one(c.UserDomainID, c.UserDomainName)
	case c.DomainID != "" || c.DomainName != "":
		a.DomainID, a.DomainName = one(c.DomainID, c.DomainName)
	case a.DomainID == "" && a.DomainName == "":
		a.DomainID = c.defaultDomain()
	}
	if a.TokenID != "" || a.ApplicationCredentialID != "" {
		a.Username, a.UserID = "", ""
	}
	if a.TokenID != "" || a.ApplicationCredentialID != "" || a.ApplicationCredentialName != "" {
		a.Password = "" // an environment may hold several logins: a token or an application credential wins
	}
}

// scope sets the token's scope: a project or a domain. An application credential brings its own.
func (c Config) scope(a *gophercloud.AuthOptions) {
	switch {
	case c.TenantID != "":
		a.Scope = &gophercloud.AuthScope{ProjectID: c.TenantID}
	case c.TenantName != "":
		a.Scope = &gophercloud.AuthScope{ProjectName: c.TenantName}
	case a.Scope == nil && (c.DomainID != "" || c.DomainName != ""):
		id, name := one(c.DomainID, c.DomainName)
		a.Scope = &gophercloud.AuthScope{DomainID: id, DomainName: name}
	}
	if a.ApplicationCredentialID != "" || a.ApplicationCredentialName != "" {
		a.Scope = nil // an application credential belongs to a project
	}
	a.TenantID, a.TenantName = "", ""
	if s := a.Scope; s != nil && s.ProjectName != "" {
		if id, name := one(first(c.ProjectDomainID, c.DomainID), first(c.ProjectDomain, c.DomainName)); id != "" || name != "" {
			s.DomainID, s.DomainName = id, name
		}
		if s.DomainID == "" && s.DomainName == "" {
			s.DomainID = c.defaultDomain()
		}
	}
}

func (c Config) defaultDomain() string { return first(c.DefaultDomain, "default") }

// put sets *to to value unless that is empty.
func put(to *string, value string) {
	if value != "" {
		*to = value
	}
}

// first returns the first value that is not empty.
func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// one returns the id if there is one, else the name: OpenStack accepts only one of them.
func one(id, name string) (string, string) {
	if id != "" {
		return id, ""
	}
	return "", name
}

// certificates sets the trusted authorities and the client's certificate.
func (c Config) certificates(trust *tls.Config) error {
	if c.Insecure != nil {
		trust.InsecureSkipVerify = *c.Insecure
	}
	if c.CACert != "" {
		pem, err := contents(c.CACert)
		if err != nil {
			return openstack.AttributeErrorf("openstack.cacert_file", "it cannot be read: %w", err)
		}
		trust.RootCAs = x509.NewCertPool()
		if !trust.RootCAs.AppendCertsFromPEM(pem) {
			return openstack.AttributeErrorf("openstack.cacert_file", "it holds no certificate in PEM form")
		}
	}
	if c.Cert == "" && c.Key == "" {
		return nil
	}
	cert, err := contents(c.Cert)
	if err != nil {
		return openstack.AttributeErrorf("openstack.cert", "it cannot be read: %w", err)
	}
	key, err := contents(c.Key)
	if err != nil { // the error would quote the text, which may be a key that lost its first line
		return openstack.AttributeErrorf("openstack.key", "it is neither a key in PEM form nor the name of a file that can be read")
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return openstack.AttributeErrorf("openstack.cert", "it and key are no pair in PEM form: %w", err)
	}
	trust.Certificates = []tls.Certificate{pair}
	return nil
}

// contents returns PEM text as it is, else the contents of the file with that name.
func contents(text string) ([]byte, error) {
	if strings.Contains(text, "-----BEGIN") {
		return []byte(text), nil
	}
	if rest, home := strings.CutPrefix(text, "~/"); home {
		dir, err := os.UserHomeDir()
		if err != nil {
			return nil, err
		}
		text = dir + "/" + rest
	}
	return os.ReadFile(text)
}

// complete checks that nothing needed to log in is missing. Its errors name the argument.
func (c Config) complete(e entry) error {
	a := e.auth
	if a.IdentityEndpoint == "" {
		return openstack.AttributeErrorf("openstack.auth_url", "nothing says which cloud is meant: write cloud, the name of an entry of "+
			"clouds.yaml, or auth_url, or set the environment variable OS_CLOUD or OS_AUTH_URL")
	}
	if err := CheckAuthURL(a.IdentityEndpoint); err != nil {
		return err
	}
	switch e.endpoints {
	case "public", "internal", "admin":
	default:
		return openstack.AttributeErrorf("openstack.endpoint_type", "%q is none: write public, internal or admin", c.EndpointType)
	}
	scope, err := a.ToTokenV3ScopeMap()
	if err == nil {
		_, err = a.ToTokenV3CreateMap(scope)
	}
	if err != nil {
		return c.missing(a, err)
	}
	return nil
}

// missing converts an error about missing credentials to one about an argument.
func (c Config) missing(a gophercloud.AuthOptions, err error) error {
	var secret gophercloud.ErrAppCredMissingSecret
	var user gophercloud.ErrUsernameOrUserID
	var password gophercloud.ErrMissingPassword
	fill := func(variable string) string {
		if c.Cloud != "" {
			return fmt.Sprintf("write it in the block, or in the entry %q of clouds.yaml; of a cloud that is named, credentials are not taken "+
				"from the environment", c.Cloud)
		}
		return "write it in the block, or set the environment variable " + variable
	}
	switch {
	case errors.As(err, &secret):
		return openstack.AttributeErrorf("openstack.application_credential_secret", "it is not set: %s", fill("OS_APPLICATION_CREDENTIAL_SECRET"))
	case errors.As(err, &password):
		return openstack.AttributeErrorf("openstack.password", "it is not set, nor is a token or an application credential: %s",
			fill("OS_PASSWORD"))
	case errors.As(err, &user):
		return openstack.AttributeErrorf("openstack.user_name", "it is not set, nor is user_id: %s", fill("OS_USERNAME"))
	}
	return openstack.AttributeErrorf("openstack", "the credentials of %s do not go together: %w", first(c.Cloud, a.IdentityEndpoint), err)
}

// CheckAuthURL returns an error unless text is the URL of an identity service. The error does not repeat text that it cannot parse,
// because it may contain a password.
func CheckAuthURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return openstack.AttributeErrorf("openstack.auth_url", "it is not the address of an identity service: write for example "+
			"https://keystone.example.com:5000/v3")
	case u.User != nil:
		return openstack.AttributeErrorf("openstack.auth_url", "it holds a user, which belongs into user_name and password: this address stands "+
			"in messages")
	}
	return nil
}
