// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
)

// nsxSetting is a text argument of the block `nsx`, with the environment variables that stand in for it (the first one set wins) and its
// destination. The table serves schema, documentation and reading.
type nsxSetting struct {
	name, text string
	env        []string
	sensitive  bool
	oneOf      []string // the values that it may have; nil: any
	into       func(*nsx.Config) *string
}

var nsxSettings = []nsxSetting{
	{name: "server", text: "The NSX Manager, or the virtual IP of its cluster: a host name, or host:port.",
		env: []string{"NSXT_MANAGER_HOST"}, into: func(c *nsx.Config) *string { return &c.Server }},
	{name: "user", text: "The user, for example `admin`.", env: []string{"NSXT_USERNAME"},
		into: func(c *nsx.Config) *string { return &c.User }},
	{name: "password", text: "The user's password.", env: []string{"NSXT_PASSWORD"}, sensitive: true,
		into: func(c *nsx.Config) *string { return &c.Password }},
	{name: "auth", text: "How user and password are shown: `session` logs in once, `basic` shows them with every call, `remote` does so for " +
		"a user of VMware Identity Manager (vIDM). Unset: `session`; `remote` where `NSXT_REMOTE_AUTH` is `true`, `basic` where " +
		"`NSXT_SESSION_AUTH` is `false`.", env: []string{"NOVASPHERE_NSX_AUTH"}, oneOf: []string{api.AuthSession, api.AuthBasic, api.AuthRemote},
		into: func(c *nsx.Config) *string { return &c.Auth }},
	{name: "client_auth_cert_file", text: "The certificate of a principal identity, instead of user and password: a file in PEM form, or " +
		"the PEM text itself.", env: []string{"NSXT_CLIENT_AUTH_CERT_FILE", "NSXT_CLIENT_AUTH_CERT"},
		into: func(c *nsx.Config) *string { return &c.Certificate }},
	{name: "client_auth_key_file", text: "The key of that certificate: a file in PEM form, or the PEM text itself.",
		env: []string{"NSXT_CLIENT_AUTH_KEY_FILE", "NSXT_CLIENT_AUTH_KEY"}, sensitive: true,
		into: func(c *nsx.Config) *string { return &c.Key }},
	{name: "ca_file", text: "The authorities that may have signed the NSX Manager's certificate: a file in PEM form, or the PEM text " +
		"itself. Unset: the system's.", env: []string{"NSXT_CA_FILE", "NSXT_CA"}, into: func(c *nsx.Config) *string { return &c.CA }},
	{name: "project", text: "The id of a project of NSX (4.1 and later), in which segments, ports and routers are made. Unset: the " +
		"default space.",
		env: []string{"NOVASPHERE_NSX_PROJECT"}, into: func(c *nsx.Config) *string { return &c.Project }},
	{name: "transport_zone", text: "The overlay transport zone of networks that name none in `segments.physical_network`: its name, id or " +
		"policy path. Unset: the only one, or the one that is NSX's default.", env: []string{"NOVASPHERE_NSX_TRANSPORT_ZONE"},
		into: func(c *nsx.Config) *string { return &c.TransportZone }},
	{name: "vlan_transport_zone", text: "The VLAN transport zone of networks of the type `vlan` or `flat` that name no " +
		"`segments.physical_network`: its name, id or policy path. Unset: those are portgroups of a distributed switch.",
		env:  []string{"NOVASPHERE_NSX_VLAN_TRANSPORT_ZONE"},
		into: func(c *nsx.Config) *string { return &c.VLANTransportZone }},
	{name: "edge_cluster", text: "The edge cluster that DHCP servers of subnets run on, and those parts of routers that translate " +
		"addresses or " +
		"are on VLANs: its name, id or policy path. Unset: for DHCP the only one, for a router that of its external network's tier-0.",
		env: []string{"NOVASPHERE_NSX_EDGE_CLUSTER"}, into: func(c *nsx.Config) *string { return &c.EdgeCluster }},
	{name: "enforcement_point", text: "The id of the enforcement point. Unset: `default`.", env: []string{"NSXT_POLICY_ENFORCEMENT_POINT"},
		into: func(c *nsx.Config) *string { return &c.EnforcementPoint }},
	{name: "tag_scheme", text: "`neutron` tags objects of NSX as Neutron's plugin for NSX does too, for tools that look for its tags. " +
		"Unset: this provider's own tags alone.", env: []string{"NOVASPHERE_NSX_TAG_SCHEME"}, oneOf: []string{nsx.TagsNeutron},
		into: func(c *nsx.Config) *string { return &c.TagScheme }},
}

// nsxFlags are the arguments of the block `nsx` that are true or false.
var nsxFlags = []struct {
	name, text, env string
	into            func(*nsx.Config) *bool
}{
	{"allow_unverified_ssl", "Accept any certificate. A warning says so each time.", "NSXT_ALLOW_UNVERIFIED_SSL",
		func(c *nsx.Config) *bool { return &c.Insecure }},
	{"allow_overwrite", "Change and delete also those of this provider's objects that NSX protects because another principal identity has " +
		"made them.", "NOVASPHERE_NSX_ALLOW_OVERWRITE", func(c *nsx.Config) *bool { return &c.AllowOverwrite }},
}

// nsxBlock describes an NSX beside the vCenter.
func nsxBlock() schema.Block {
	attributes := map[string]schema.Attribute{}
	for _, s := range nsxSettings {
		a := schema.StringAttribute{Optional: true, Sensitive: s.sensitive, MarkdownDescription: s.text + " Environment: `" +
			strings.Join(s.env, "`, then `") + "`."}
		if s.oneOf != nil {
			a.Validators = []validator.String{stringvalidator.OneOf(s.oneOf...)}
		}
		attributes[s.name] = a
	}
	for _, f := range nsxFlags {
		attributes[f.name] = schema.BoolAttribute{Optional: true, MarkdownDescription: f.text + " Environment: `" + f.env + "`."}
	}
	return schema.SingleNestedBlock{Attributes: attributes,
		MarkdownDescription: "The NSX (3.2 or later) of the vCenter, in which networks of an overlay type are segments. Its arguments may all " +
			"come from the environment, under the names of terraform-provider-nsxt where that has one, but only where the block is written, were " +
			"it empty: a shell that is set up for that provider turns nothing on by itself. NSX is asked when something first needs it. See the " +
			"guide [Networks on NSX](guides/networks-on-nsx.md)."}
}

// nsxText returns the block's value of an argument, or "".
func (m configModel) nsxText(name string) string {
	written, _ := m.NSX.Attributes()[name].(types.String)
	return written.ValueString()
}

// nsxUnknown reports whether a value in the block is known only after apply.
func (m configModel) nsxUnknown() bool {
	for _, v := range m.NSX.Attributes() {
		if v.IsUnknown() {
			return true
		}
	}
	return m.NSX.IsUnknown()
}

// nsxLogins are the two ways to log in to NSX: the arguments of each.
var nsxLogins = [][]string{{"user", "password"}, {"client_auth_cert_file", "client_auth_key_file"}}

// checkNSX refuses a block that contradicts itself. The error is at the block, because the CLI prints the line, which may hold a secret.
func (m configModel) checkNSX() error {
	for _, one := range nsxLogins[0] {
		for _, other := range nsxLogins[1] {
			if m.nsxText(one) != "" && m.nsxText(other) != "" {
				return openstack.AttributeErrorf("nsx", "%s and %s are both written, and a principal identity logs in with its certificate alone: "+
					"write user and password, or certificate and key", one, other)
			}
		}
	}
	return nil
}

// nsxConfig returns how to reach the block's NSX and what to make in it, or nil where there is no block.
func (m configModel) nsxConfig(agent string) (*nsx.Config, error) {
	if m.NSX.IsNull() {
		return nil, nil
	}
	cfg := &nsx.Config{Config: api.Config{UserAgent: agent}}
	for _, s := range nsxSettings {
		text := m.nsxText(s.name)
		if text == "" && !m.loginDecided(s.name) {
			text = environ(s.env)
		}
		if s.oneOf != nil && text != "" && !slices.Contains(s.oneOf, text) {
			return nil, openstack.AttributeErrorf("nsx."+s.name, "the environment variable %s is %q: write %s", s.env[0], text,
				strings.Join(s.oneOf, " or "))
		}
		*s.into(cfg) = text
	}
	for _, f := range nsxFlags {
		written, _ := m.NSX.Attributes()[f.name].(types.Bool)
		on, err := boolean("nsx."+f.name, written, f.env)
		if err != nil {
			return nil, err
		}
		*f.into(cfg) = on
	}
	return cfg, m.authOfNSX(cfg)
}

// join gives a connection the block's NSX, without calling it.
func (m configModel) join(to *connection, said *diag.Diagnostics) error {
	cfg, err := m.nsxConfig(to.client.Config.UserAgent)
	if err != nil || cfg == nil {
		return err
	}
	if cfg.Insecure {
		said.AddWarning("The NSX Manager's certificate is not verified",
			"allow_unverified_ssl is true in the block nsx: whoever stands between here and NSX"+
				" can read the password. Set ca_file to the authority that signed the certificate instead.")
	}
	to.hidden = []string{cfg.Password, cfg.Key}
	to.nsx, err = mixed.New(*cfg, to.client)
	return err
}

// loginDecided reports whether the block logs in the other way, so that the environment's value of an argument does not count.
func (m configModel) loginDecided(name string) bool {
	for i, way := range nsxLogins {
		other := nsxLogins[1-i]
		if slices.Contains(way, name) && slices.ContainsFunc(other, func(o string) bool { return m.nsxText(o) != "" }) {
			return true
		}
	}
	return false
}

// authOfNSX takes the way to log in from the two variables of terraform-provider-nsxt where nothing else says it.
func (m configModel) authOfNSX(cfg *nsx.Config) error {
	if cfg.Auth != "" {
		return nil
	}
	remote, err := boolean("nsx.auth", types.BoolNull(), "NSXT_REMOTE_AUTH")
	if err != nil {
		return err
	}
	session := true
	if os.Getenv("NSXT_SESSION_AUTH") != "" {
		if session, err = boolean("nsx.auth", types.BoolNull(), "NSXT_SESSION_AUTH"); err != nil {
			return err
		}
	}
	switch {
	case remote:
		cfg.Auth = api.AuthRemote
	case !session:
		cfg.Auth = api.AuthBasic
	}
	return nil
}
