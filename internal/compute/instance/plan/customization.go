// SPDX-License-Identifier: MPL-2.0

package plan

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planCustomization refuses what vSphere's guest customization cannot set in a guest without cloud-init, as far as it is known, and warns
// of arguments without an effect there. kind is empty for a guest with cloud-init.
func planCustomization(ctx context.Context, in inputs, image openstack.Image, kind string) error {
	if kind == "" {
		return nil
	}
	warnUnread(ctx, in.config, image.Name, kind)
	nics, known, err := plannedNICs(ctx, ports.Plugger{Client: in.client, Network: in.net}, in.config.Network)
	if err != nil || !known || !crud.Known(in.plan.Name) {
		return err
	}
	_, err = guest.Customization(guest.Customized{Windows: kind == vmspec.CustomizeWindows, Name: in.plan.Name.ValueString(), NICs: nics})
	return err
}

// plannedNICs returns the NICs with the data of the ports that their blocks name. Ports made for the instance have one address of each IP
// version, and no name. known is false where a block or a port is unknown yet.
func plannedNICs(ctx context.Context, r ports.Plugger, list types.List) (nics []openstack.NIC, known bool, err error) {
	if !crud.Known(list) {
		return nil, false, nil
	}
	for i, block := range model.Networks(list) {
		if !crud.Known(block.Port) {
			return nil, false, nil
		}
		var nic openstack.NIC
		if id := block.Port.ValueString(); id != "" {
			port, err := r.Network.FindPort(ctx, id)
			if err != nil {
				return nil, false, openstack.AttributeErrorf(model.NICBlock(i), "%w", err)
			}
			subnets, err := r.Network.Subnets(ctx, port.NetworkID)
			if err != nil {
				return nil, false, openstack.AttributeErrorf(model.NICBlock(i), "%w", err)
			}
			network, err := r.Client.Networks.Network(ctx, port.NetworkID, "")
			if err != nil {
				return nil, false, openstack.AttributeErrorf(model.NICBlock(i), "%w", err)
			}
			r.Fill(&nic, network, port, subnets)
		}
		nics = append(nics, nic)
	}
	return nics, true, nil
}

// warnUnread warns of each argument that only cloud-init reads, and of a Windows administrator without a password.
func warnUnread(ctx context.Context, config *model.Instance, image, kind string) {
	written := func(v types.String) bool { return v.IsUnknown() || v.ValueString() != "" }
	secret := written(config.AdminPass) || written(config.AdminPassWO) || !config.AdminPassWOVer.IsNull()
	linux := kind == vmspec.CustomizeLinux
	for _, argument := range []struct {
		name string
		is   bool
	}{
		{"user_data", written(config.UserData)}, {"user_data_wo", written(config.UserDataWO)}, {"key_pair", written(config.KeyPair)},
		{"personality", len(config.Personality.Elements()) > 0},
		{"wait_for_cloud_init", written(config.WaitForInit)}, {"admin_pass", secret && linux},
	} {
		if argument.is {
			crud.WarnAt(ctx, path.Root(argument.name), "Nobody in the guest reads "+argument.name, fmt.Sprintf(
				"%s: the image %s says that it has no cloud-init (novasphere_guest_customization = %s), and vSphere's guest customization has no "+
					"words for it. The guest does nothing about it, unless something of the image's own does", argument.name, image, kind))
		}
	}
	if !linux && !secret {
		crud.WarnAt(ctx, path.Root("admin_pass"), "The administrator gets no password", fmt.Sprintf(
			"admin_pass: the image %s is prepared by Sysprep, which leaves the administrator's password blank where none is written", image))
	}
}

// warnUntoldAddresses warns that a customized guest does not learn of new NICs: vSphere customizes at the first start, and later only a
// VM that is off, whose host name and accounts it would set anew.
func warnUntoldAddresses(ctx context.Context, name string, properties map[string]string) {
	if vmspec.Customizes(properties) == "" {
		return
	}
	crud.WarnAt(ctx, path.Root("network"), "The guest is not told of its new NICs", fmt.Sprintf(
		"network: %s has no cloud-init (its image's novasphere_guest_customization), and was told its addresses at its first start. NICs "+
			"and ports change, and the guest keeps what it has and asks DHCP for the rest, until somebody configures it there or the instance "+
			"is made anew (terraform apply -replace)",
		name))
}
