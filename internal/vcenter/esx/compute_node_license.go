// SPDX-License-Identifier: MPL-2.0

package esx

import (
	"cmp"
	"context"
	"slices"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// NodeLicense returns the key of the license that is assigned to a host.
func (c *Nodes) NodeLicense(ctx context.Context, id string) (string, error) {
	manager, err := c.licenses(ctx)
	if err != nil {
		return "", err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return "", err
	}
	res, err := methods.QueryAssignedLicenses(ctx, vim, &types.QueryAssignedLicenses{This: manager, EntityId: id})
	if err != nil {
		return "", faults.Explain("reading the license of "+id, err)
	}
	i := slices.IndexFunc(res.Returnval, func(l types.LicenseAssignmentManagerLicenseAssignment) bool { return l.EntityId == id })
	if i < 0 {
		return "", nil
	}
	return res.Returnval[i].AssignedLicense.LicenseKey, nil
}

// setLicense assigns a license that the vCenter knows. The key is a secret: no message contains it.
func (c *Nodes) setLicense(ctx context.Context, want openstack.ComputeNode) error {
	have, err := c.NodeLicense(ctx, want.ID)
	if err != nil || have == want.LicenseKey {
		return err
	}
	manager, err := c.licenses(ctx)
	if err != nil {
		return err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	err = retry.Once(func() error {
		_, err := methods.UpdateAssignedLicense(ctx, vim, &types.UpdateAssignedLicense{This: manager, Entity: want.ID,
			LicenseKey: want.LicenseKey})
		return err
	})
	var argument *types.InvalidArgument
	if faults.As(err, &argument) || faults.Is[*types.LicenseEntityNotFound](err) {
		return openstack.AttributeErrorf("license_key", "the vCenter does not assign it to the ESX host %s: add the license to the vCenter "+
			"first, and see that it is one for hosts and has enough left", want.Hostname)
	}
	return faults.Explain("assigning a license to the ESX host "+want.Hostname, err)
}

func (c *Nodes) licenses(ctx context.Context) (ref, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil || vim.ServiceContent.LicenseManager == nil {
		return ref{}, cmp.Or(err, openstack.AttributeErrorf("license_key", "this vCenter has no license manager"))
	}
	manager, err := wire.Read[mo.LicenseManager](ctx, c.wire, *vim.ServiceContent.LicenseManager, []string{"licenseAssignmentManager"})
	if err != nil || manager.LicenseAssignmentManager == nil {
		return ref{}, cmp.Or(faults.Explain("looking for the vCenter's licenses", err),
			openstack.AttributeErrorf("license_key", "this vCenter assigns no licenses"))
	}
	return *manager.LicenseAssignmentManager, nil
}
