// SPDX-License-Identifier: MPL-2.0

package esx

import (
	"cmp"
	"context"
	"crypto/sha1" //nolint:gosec // the vSphere API's thumbprints are SHA-1
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

func hostRef(id string) ref { return ref{Type: inventory.HostKind, Value: id} }

var hostPaths = []string{"name", "parent", "customValue", "summary.hardware", "summary.config", "runtime.connectionState",
	"runtime.inMaintenanceMode", "config.network"}

// ComputeNode reads an ESX host by its id. If the host does not answer, the vCenter returns its last known state.
func (c *Nodes) ComputeNode(ctx context.Context, id string) (openstack.ComputeNode, error) {
	host, err := wire.Read[mo.HostSystem](ctx, c.wire, hostRef(id), hostPaths)
	if err != nil {
		return openstack.ComputeNode{}, faults.Explain("reading the ESX host "+id, err)
	}
	parent, err := wire.Read[mo.ManagedEntity](ctx, c.wire, property.Deref(host.Parent), []string{"name"})
	if err != nil {
		return openstack.ComputeNode{}, faults.Explain("reading the cluster of the ESX host "+host.Name, err)
	}
	labels, err := c.labelsIn(ctx, nodeField, host.CustomValue)
	if err != nil {
		return openstack.ComputeNode{}, err
	}
	node := observeNode(host)
	node.Cluster, node.ClusterID = parent.Name, property.Deref(host.Parent).Value
	node.Mark, node.Tags, node.DisabledReason = labels.Mark, labels.Tags, labels.Reason
	return node, nil
}

func observeNode(host mo.HostSystem) openstack.ComputeNode {
	node := openstack.ComputeNode{ID: host.Self.Value, Hostname: host.Name, State: openstack.Down, Status: openstack.Enabled,
		Connection: string(host.Runtime.ConnectionState), Thumbprint: host.Summary.Config.SslThumbprint}
	if host.Runtime.ConnectionState == types.HostSystemConnectionStateConnected {
		node.State = openstack.Up
	}
	if host.Runtime.InMaintenanceMode {
		node.Status = openstack.Disabled
	}
	if product := host.Summary.Config.Product; product != nil {
		node.Type, node.Version = product.Name, openstack.VersionNumber(product.Version)
	}
	if hw := host.Summary.Hardware; hw != nil {
		node.VCPUs, node.MemoryMB = int64(hw.NumCpuThreads), hw.MemorySize>>20
	}
	if host.Config != nil && host.Config.Network != nil {
		node.Switches, node.SwitchesShown = memberships(host.Config.Network), true
	}
	return node
}

// FindComputeNode finds an ESX host of the datacenter by its id or name.
func (c *Nodes) FindComputeNode(ctx context.Context, idOrName string) (openstack.ComputeNode, error) {
	all, err := c.hostNames(ctx)
	if err != nil {
		return openstack.ComputeNode{}, err
	}
	var names []string
	for _, host := range all {
		if host.Self.Value == idOrName || strings.EqualFold(host.Name, idOrName) {
			return c.ComputeNode(ctx, host.Self.Value)
		}
		names = append(names, host.Name)
	}
	return openstack.ComputeNode{}, c.wire.Gaps.Nameless(faults.NoSuch("ESX host", idOrName, "datacenter "+c.Inventory.Places.DatacenterPath(),
		names), inventory.HostKind)
}

// CheckNewNode checks an ESX host that is to be added: the vCenter must not have it yet, except for one that the same plan removes, and
// must reach it, trust it, and be able to log in. It returns the thumbprint that the host presents if the vCenter reports one, or an
// empty text if the vCenter trusts the authority that signed the host's certificate. Without trust, a thumbprint that is not configured
// is an error that shows it.
func (c *Nodes) CheckNewNode(ctx context.Context, want openstack.ComputeNode, account openstack.NodeAccount, trust bool) (thumbprint string,
	err error) {
	self, err := c.hostNamed(ctx, want.Hostname)
	if err != nil {
		return "", err
	}
	if self.Value != "" {
		if err := c.nodeGoes(ctx, want.Hostname, self); err != nil {
			return "", err
		}
	}
	return tryNode(want, trust, func(want openstack.ComputeNode) error {
		err := c.contact(ctx, want, account)
		if self.Value != "" && (faults.Is[*types.AlreadyConnected](err) || faults.Is[*types.AlreadyBeingManaged](err) ||
			faults.Is[*types.DuplicateName](err)) {
			return nil // of this vCenter, until it is removed
		}
		return err
	})
}

// addable is CheckNewNode for a host that is added now: any host of that name is in the way, whatever was planned.
func (c *Nodes) addable(ctx context.Context, want openstack.ComputeNode, account openstack.NodeAccount, trust bool) (thumbprint string,
	err error) {
	self, err := c.hostNamed(ctx, want.Hostname)
	if err == nil && self.Value != "" {
		err = c.nodeTaken(ctx, want.Hostname, self)
	}
	if err != nil {
		return "", err
	}
	return tryNode(want, trust, func(want openstack.ComputeNode) error { return c.contact(ctx, want, account) })
}

// tryNode lets contact try a host, and with trust tries again with the thumbprint that the host presents.
func tryNode(want openstack.ComputeNode, trust bool, contact func(openstack.ComputeNode) error) (thumbprint string, err error) {
	err = contact(want)
	presented := presentedThumbprint(err)
	if want.Thumbprint != "" || presented == "" || !trust {
		return want.Thumbprint, nodeRefused(want, err)
	}
	want.Thumbprint = presented
	return presented, nodeRefused(want, contact(want))
}

// nodeGoes refuses a host that the vCenter has already, unless this plan removes it.
func (c *Nodes) nodeGoes(ctx context.Context, hostname string, self ref) error {
	is, _ := c.Planned.Possessions.Owned(self.Value)
	if !is.Goes {
		return c.nodeTaken(ctx, hostname, self)
	}
	found, err := c.ComputeNode(ctx, self.Value)
	if err == nil && found.Mark == nil && !is.Adopted {
		err = outlives("hostname", "the ESX host "+hostname, "added")
	}
	return err
}

// contact asks the vCenter to connect to a host.
func (c *Nodes) contact(ctx context.Context, want openstack.ComputeNode, account openstack.NodeAccount) error {
	dc, err := c.Inventory.Places.Datacenter(ctx)
	if err != nil {
		return err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	_, err = methods.QueryConnectionInfo(ctx, vim, &types.QueryConnectionInfo{This: dc.Self, Hostname: want.Hostname, Port: hostPort,
		Username: account.Username, Password: account.Password, SslThumbprint: want.Thumbprint})
	return err
}

// hostPort is the port on which an ESX host listens for a vCenter.
const hostPort = 443

// presentedThumbprint returns the SHA-1 thumbprint of the untrusted certificate in an error. Newer vCenters may return the certificate
// instead of its thumbprint.
func presentedThumbprint(err error) string {
	var untrusted *types.SSLVerifyFault
	if err == nil || !faults.As(err, &untrusted) {
		return ""
	}
	block, _ := pem.Decode([]byte(untrusted.Certificate))
	if untrusted.Thumbprint != "" || block == nil {
		return untrusted.Thumbprint
	}
	sum := sha1.Sum(block.Bytes) //nolint:gosec // thumbprints are SHA-1
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

// nodeRefused returns the reason why a host cannot be added, as an error about the attribute to change.
func nodeRefused(want openstack.ComputeNode, err error) error {
	var managed *types.AlreadyBeingManaged
	var untrusted *types.SSLVerifyFault
	switch {
	case err == nil:
		return nil
	case faults.As(err, &untrusted):
		return untrustedNode(want, presentedThumbprint(err))
	case faults.Is[*types.InvalidLogin](err):
		return openstack.AttributeErrorf("username", "the ESX host %s does not let this account in: user name or password is wrong",
			want.Hostname)
	case faults.As(err, &managed):
		return openstack.AttributeErrorf("hostname", "the ESX host %s is managed by another vCenter, at %s: remove it there first", want.Hostname,
			managed.IpAddress)
	case faults.Is[*types.AlreadyConnected](err), faults.Is[*types.DuplicateName](err):
		return openstack.AttributeErrorf("hostname", "the ESX host %s is in this vCenter already, outside of the provider's datacenter or "+
			"under another name: remove it there first", want.Hostname)
	case faults.Is[*types.NoHost](err):
		return openstack.AttributeErrorf("hostname", "nobody answers the vCenter under %s, port %d: check the name, and that the vCenter "+
			"resolves and reaches it", want.Hostname, hostPort)
	}
	return faults.Explain("adding the ESX host "+want.Hostname, err)
}

func untrustedNode(want openstack.ComputeNode, presented string) error {
	switch {
	case presented == "":
		return openstack.AttributeErrorf("thumbprint", "the vCenter does not trust the certificate of the ESX host %s and does not say which it "+
			"presents: read its SHA-1 thumbprint on the host's console and write it", want.Hostname)
	case want.Thumbprint == "":
		return openstack.AttributeErrorf("thumbprint", "the vCenter does not trust the certificate of the ESX host %s, whose thumbprint is %s. "+
			"Compare that with what the host's console shows, and write thumbprint = %q; or write trust_on_first_use = true to trust whoever "+
			"answers now", want.Hostname, presented, presented)
	}
	return openstack.AttributeErrorf("thumbprint", "the ESX host %s presents a certificate with the thumbprint %s, not %s: it has got "+
		"another certificate, or somebody else answers under its name", want.Hostname, presented, want.Thumbprint)
}

// nodeTaken returns the error for a host that the vCenter has already, with who added it.
func (c *Nodes) nodeTaken(ctx context.Context, hostname string, self ref) error {
	found, err := c.ComputeNode(ctx, self.Value)
	if err != nil {
		return err
	}
	if _, ours := c.Planned.Possessions.Owned(self.Value); ours {
		return openstack.AttributeErrorf("hostname", "the ESX host %s is in the vCenter already, in the cluster %s, and another resource of "+
			"this configuration has it: write it once, and a moved block where only its address changes", hostname, found.Cluster)
	}
	who := "and this provider did not add it"
	if found.Mark != nil {
		who = fmt.Sprintf("and %s. It may belong to another workspace, or be left from an apply that did not end", found.Mark.Made())
	}
	return openstack.AttributeErrorf("hostname", "the ESX host %s is in the vCenter already, in the cluster %s, %s. %s", hostname,
		found.Cluster, who,
		openstack.ImportHint("novasphere_compute_node", found.ID))
}

// AddComputeNode adds an ESX host to its cluster. UpdateComputeNode configures it afterwards.
func (c *Nodes) AddComputeNode(ctx context.Context, want openstack.ComputeNode, account openstack.NodeAccount,
	trust bool) (openstack.ComputeNode, error) {
	cluster, err := c.Inventory.ClusterNamed(ctx, want.Cluster)
	if err != nil {
		return want, openstack.AttributeErrorf("cluster", "%w", err)
	}
	if want.Thumbprint, err = c.addable(ctx, want, account, trust); err != nil {
		return want, err
	}
	if _, err := c.needField(ctx, nodeField, inventory.HostKind); err != nil {
		return want, err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return want, err
	}
	spec := types.HostConnectSpec{HostName: want.Hostname, UserName: account.Username, Password: account.Password,
		SslThumbprint: want.Thumbprint}
	result, err := c.wire.RunTask(ctx, func(ctx context.Context) (ref, error) {
		res, err := methods.AddHost_Task(ctx, vim, &types.AddHost_Task{This: cluster, Spec: spec, AsConnected: true})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	c.outdatePlaces()
	self, there := result.(ref)
	if !there && faults.OutcomeUnknown(err) { // there was no host of that name a moment ago
		self = c.addedHost(ctx, vim, cluster, want.Hostname, err)
	}
	if self.Value == "" {
		return want, c.notAdded(ctx, want, err)
	}
	if faults.OutcomeUnknown(err) {
		err = nil
	}
	want.ID, want.ClusterID = self.Value, cluster.Value
	mark := c.Records.Mark(records.Fingerprint(strings.ToLower(want.Hostname)))
	want.Mark = &mark
	return want, cmp.Or(err, c.setLabels(context.WithoutCancel(ctx), self, nodeField,
		nodeLabels{Mark: want.Mark, Tags: want.Tags, Reason: want.DisabledReason}))
}

// notAdded returns the reason why a host was not added. Another client may have added it in the meantime.
func (c *Nodes) notAdded(ctx context.Context, want openstack.ComputeNode, err error) error {
	if faults.Is[*types.AlreadyConnected](err) || faults.Is[*types.DuplicateName](err) {
		if self, failed := c.hostNamed(ctx, want.Hostname); failed == nil && self.Value != "" {
			return c.nodeTaken(ctx, want.Hostname, self)
		}
	}
	return nodeRefused(want, err)
}

// ReconnectNode connects a disconnected host, possibly with another account. A connected host is left alone: the vCenter has an account
// of its own on it.
func (c *Nodes) ReconnectNode(ctx context.Context, want openstack.ComputeNode, account openstack.NodeAccount) error {
	host, err := wire.Read[mo.HostSystem](ctx, c.wire, hostRef(want.ID), []string{"runtime.connectionState"})
	if err != nil || host.Runtime.ConnectionState == types.HostSystemConnectionStateConnected {
		return faults.Explain("reading the ESX host "+want.Hostname, err)
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	spec := &types.HostConnectSpec{HostName: want.Hostname, UserName: account.Username, Password: account.Password,
		SslThumbprint: want.Thumbprint}
	_, err = c.wire.RunTask(ctx, func(ctx context.Context) (ref, error) {
		res, err := methods.ReconnectHost_Task(ctx, vim, &types.ReconnectHost_Task{This: host.Self, CnxSpec: spec})
		if err != nil {
			return ref{}, err
		}
		return res.Returnval, nil
	})
	return nodeRefused(want, err)
}
