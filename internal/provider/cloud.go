// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/cloud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// cloudSetting is a text argument of the block `openstack`, with the environment variables that stand in for it (the first one set wins)
// and its destination. The table serves schema, documentation, checks and reading.
type cloudSetting struct {
	name, text string
	env        []string
	sensitive  bool
	entry      bool // clouds.yaml holds it for a named cloud, so the environment is not read then
	into       func(*cloud.Config) *string
}

var cloudSettings = []cloudSetting{
	{name: "cloud", text: "The cloud's name in clouds.yaml, which is read with secure.yaml and clouds-public.yaml where OpenStack's own " +
		"clients look for it (`OS_CLIENT_CONFIG_FILE`, the working directory, `~/.config/openstack`, `/etc/openstack`). What else the block " +
		"says goes before what the entry says; of the environment only region, endpoint type and certificates do.",
		env: []string{"OS_CLOUD"}, into: func(c *cloud.Config) *string { return &c.Cloud }},
	{name: "auth_url", text: "The address of the identity service, version 3, for example `https://keystone.example.com:5000/v3`.",
		env: []string{"OS_AUTH_URL"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.AuthURL }},
	{name: "region", text: "The region. Unset: the first of the catalogue.", env: []string{"OS_REGION_NAME"},
		into: func(c *cloud.Config) *string { return &c.Region }},
	{name: "user_name", text: "The user's name.", env: []string{"OS_USERNAME"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.UserName }},
	{name: "user_id", text: "The user's id, which needs no domain.", env: []string{"OS_USER_ID"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.UserID }},
	{name: "password", text: "The user's password.", env: []string{"OS_PASSWORD"}, sensitive: true, entry: true,
		into: func(c *cloud.Config) *string { return &c.Password }},
	{name: "token", text: "A token, instead of a password. It is not renewed when it expires.", env: []string{"OS_TOKEN", "OS_AUTH_TOKEN"},
		sensitive: true, entry: true,
		into: func(c *cloud.Config) *string { return &c.Token }},
	{name: "application_credential_id", text: "The id of an application credential, instead of user and password.",
		env: []string{"OS_APPLICATION_CREDENTIAL_ID"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.CredentialID }},
	{name: "application_credential_name", text: "The name of an application credential; it needs the user whose it is.",
		env: []string{"OS_APPLICATION_CREDENTIAL_NAME"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.CredentialName }},
	{name: "application_credential_secret", text: "The secret of the application credential.",
		env: []string{"OS_APPLICATION_CREDENTIAL_SECRET"}, sensitive: true, entry: true,
		into: func(c *cloud.Config) *string { return &c.CredentialSecret }},
	{name: "tenant_id", text: "The project's id.", env: []string{"OS_TENANT_ID", "OS_PROJECT_ID"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.TenantID }},
	{name: "tenant_name", text: "The project's name.", env: []string{"OS_TENANT_NAME", "OS_PROJECT_NAME"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.TenantName }},
	{name: "user_domain_name", text: "The name of the user's domain.", env: []string{"OS_USER_DOMAIN_NAME"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.UserDomainName }},
	{name: "user_domain_id", text: "The id of the user's domain.", env: []string{"OS_USER_DOMAIN_ID"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.UserDomainID }},
	{name: "project_domain_name", text: "The name of the project's domain.", env: []string{"OS_PROJECT_DOMAIN_NAME"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.ProjectDomain }},
	{name: "project_domain_id", text: "The id of the project's domain.", env: []string{"OS_PROJECT_DOMAIN_ID"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.ProjectDomainID }},
	{name: "domain_name", text: "The name of the domain of user and project, where theirs are not given; without a project, the domain " +
		"that the login is for.", env: []string{"OS_DOMAIN_NAME"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.DomainName }},
	{name: "domain_id", text: "The id of that domain.", env: []string{"OS_DOMAIN_ID"}, entry: true,
		into: func(c *cloud.Config) *string { return &c.DomainID }},
	{name: "default_domain", text: "The id of the domain where none is given. Unset: `default`.", env: []string{"OS_DEFAULT_DOMAIN"},
		into: func(c *cloud.Config) *string { return &c.DefaultDomain }},
	{name: "endpoint_type", text: "Which of a service's addresses is used: `public`, `internal` or `admin`, also with `URL` behind it. " +
		"Unset: `public`.", env: []string{"OS_ENDPOINT_TYPE", "OS_INTERFACE"},
		into: func(c *cloud.Config) *string { return &c.EndpointType }},
	{name: "cacert_file", text: "The authorities that may have signed the cloud's certificates: a file in PEM form, or the PEM text " +
		"itself. Unset: the system's.", env: []string{"OS_CACERT"},
		into: func(c *cloud.Config) *string { return &c.CACert }},
	{name: "cert", text: "The certificate that is shown to a cloud that asks for one: a file in PEM form, or the PEM text itself.",
		env: []string{"OS_CERT"}, into: func(c *cloud.Config) *string { return &c.Cert }},
	{name: "key", text: "The key of `cert`: a file in PEM form, or the PEM text itself.", env: []string{"OS_KEY"}, sensitive: true,
		into: func(c *cloud.Config) *string { return &c.Key }},
}

// oneOf are pairs of arguments that repeat or contradict each other where both are written.
var oneOf = [][2]string{
	{"cloud", "auth_url"}, {"user_name", "user_id"}, {"tenant_name", "tenant_id"},
	{"token", "password"}, {"token", "application_credential_secret"}, {"token", "application_credential_id"},
	{"token", "application_credential_name"},
	{"password", "application_credential_secret"}, {"password", "application_credential_id"}, {"password", "application_credential_name"},
	{"application_credential_name", "application_credential_id"},
	{"user_domain_name", "user_domain_id"}, {"project_domain_name", "project_domain_id"}, {"domain_name", "domain_id"},
}

// cloudBlock describes an OpenStack cloud beside the vCenter.
func cloudBlock() schema.Block {
	attributes := map[string]schema.Attribute{
		"insecure": schema.BoolAttribute{Optional: true, MarkdownDescription: "Accept any certificate. A warning says so each time. " +
			"Environment: `OS_INSECURE`."},
	}
	for _, s := range cloudSettings {
		a := schema.StringAttribute{Optional: true, Sensitive: s.sensitive, MarkdownDescription: s.text + " Environment: `" +
			strings.Join(s.env, "`, then `") + "`."}
		if s.name == "endpoint_type" {
			a.Validators = []validator.String{stringvalidator.OneOf("public", "publicURL", "internal", "internalURL", "admin", "adminURL")}
		}
		attributes[s.name] = a
	}
	return schema.SingleNestedBlock{Attributes: attributes,
		MarkdownDescription: "A real OpenStack cloud, which is read beside the vCenter and never written to: flavors, images, key pairs, " +
			"networks and servers are found there too. The arguments are those of terraform-provider-openstack's provider block. They may all " +
			"come from the environment (`OS_*`), but only where the block is written, were it empty: a shell that is set up for OpenStack turns " +
			"nothing on by itself. The cloud is asked when something first needs it, and for each kind once."}
}

// text returns the block's value of an argument, or "".
func (m configModel) text(name string) string {
	if value, ok := m.Cloud.Attributes()[name].(types.String); ok {
		return value.ValueString()
	}
	return ""
}

// cloudUnknown reports whether a value in the block is known only after apply.
func (m configModel) cloudUnknown() bool {
	for _, v := range m.Cloud.Attributes() {
		if v.IsUnknown() {
			return true
		}
	}
	return false
}

// checkCloud refuses a block that contradicts itself.
func (m configModel) checkCloud() error {
	for _, pair := range oneOf {
		if m.text(pair[0]) != "" && m.text(pair[1]) != "" {
			// the error is at the block, because the CLI prints the line, which may hold a secret
			return openstack.AttributeErrorf("openstack", "%s and %s are both written, and say the same or contradict each other: write only one "+
				"of them",
				pair[0], pair[1])
		}
	}
	if address := m.text("auth_url"); address != "" {
		return cloud.CheckAuthURL(address)
	}
	return nil
}

// cloud returns the client of the block's cloud, or nil where there is no block.
func (m configModel) cloud(agent string) (openstack.Cloud, error) {
	if m.Cloud.IsNull() {
		return nil, nil
	}
	cfg := cloud.Config{UserAgent: agent}
	named := m.text("auth_url") == "" && (m.text("cloud") != "" || os.Getenv("OS_CLOUD") != "")
	for _, s := range cloudSettings {
		text := m.text(s.name)
		if elsewhere := named && s.entry || m.decided(s.name); text == "" && !elsewhere {
			text = environ(s.env)
		}
		*s.into(&cfg) = text
	}
	insecure, _ := m.Cloud.Attributes()["insecure"].(types.Bool)
	if !insecure.IsNull() || os.Getenv("OS_INSECURE") != "" {
		on, err := boolean("openstack.insecure", insecure, "OS_INSECURE")
		if err != nil {
			return nil, err
		}
		cfg.Insecure = &on
	}
	client, err := cloud.New(cfg)
	if err != nil {
		return nil, err
	}
	return client, nil
}

// decided reports whether the block has the argument's counterpart, which the environment must not contradict.
func (m configModel) decided(name string) bool {
	return slices.ContainsFunc(oneOf, func(pair [2]string) bool {
		return pair[0] == name && m.text(pair[1]) != "" || pair[1] == name && m.text(pair[0]) != ""
	})
}

// environ returns the first of the environment variables that is set.
func environ(names []string) string {
	for _, name := range names {
		if text := os.Getenv(name); text != "" {
			return text
		}
	}
	return ""
}
