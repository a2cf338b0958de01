// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"cmp"
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/configdrive"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// resolve looks up the names in the plan, and returns the request that makes the instance. An error is at the argument that names a
// missing object.
func (r instance) resolve(ctx context.Context, plan model.Instance) (servers.Request, error) {
	request := servers.Request{ServerSpec: plan.Spec(), Label: true, Specs: vmspec.NewCompiler(ctx)}
	var err error
	if request.Flavor, err = r.Client.Flavors.Find(ctx, request.Flavor.ID, request.Flavor.Name); err != nil {
		return request, openstack.AttributeErrorf(plan.FlavorField(), "%w", err)
	}
	if err := vmspec.Usable(request.Flavor); err != nil {
		return request, plan.AtFlavorField(err)
	}
	if request.Hints, err = r.hintsFor(ctx, request.Hints); err != nil {
		return request, err
	}
	image, err := r.bootable(ctx, &request, plan)
	if err != nil {
		return request, err
	}
	if request.KeyPair != "" {
		key, _, err := r.Client.KeyPairs.Find(ctx, "", request.KeyPair)
		if err != nil {
			return request, openstack.AttributeErrorf("key_pair", "%w", err)
		}
		request.PublicKey = key.PublicKey
	}
	if err := r.addSecrets(&request, plan, image); err != nil {
		return request, err
	}
	for i, nic := range request.NICs {
		network, err := r.networkOf(ctx, nic)
		if err != nil {
			return request, openstack.AttributeErrorf(model.NICBlock(i), "%w", err)
		}
		request.Networks = append(request.Networks, network)
		request.NICs[i].NetworkID, request.NICs[i].NetworkName = network.ID, network.Name
	}
	return request, nil
}

// bootable finds what the root disk is a copy of, or the volume that it is.
func (r instance) bootable(ctx context.Context, request *servers.Request, plan model.Instance) (image openstack.Image, err error) {
	if blocks := request.BlockDevices; openstack.Diskless(blocks) {
		request.Boot, err = r.Client.Blocks.Boot(ctx, blocks[openstack.BootBlock(blocks)])
		if err != nil {
			return image, openstack.AttributeErrorf(plan.ImageField(), "%w", err)
		}
		image.Properties = request.Boot.ImageProperties
		return image, nil
	}
	if image, err = r.Client.Images.Bootable(ctx, request.ImageID, request.ImageName); err != nil {
		return image, openstack.AttributeErrorf(plan.ImageField(), "%w", err)
	}
	if err := plan.AtImage(vmspec.Bootable(image)); err != nil {
		return image, err
	}
	request.ImageID, request.ImageName = image.ID, image.Name
	return image, nil
}

// networkOf returns the network of a NIC that is to be plugged in: the named one, or that of its port.
func (r instance) networkOf(ctx context.Context, nic openstack.NIC) (openstack.Network, error) {
	if nic.Port == "" || nic.NetworkID != "" {
		return r.Network.Network(ctx, nic.NetworkID, nic.NetworkName)
	}
	port, err := r.Network.FindPort(ctx, nic.Port)
	if err != nil {
		return openstack.Network{}, err
	}
	if network, err := r.Network.Network(ctx, port.NetworkID, nic.NetworkName); err != nil {
		return network, err
	}
	return r.Network.Socket(ctx, port, "")
}

// addSecrets adds the administrator's password and the config drive. Linux gets a hash of the password. Windows gets it from the config
// drive alone, or from vSphere's guest customization alone where the image asks for that.
func (r instance) addSecrets(request *servers.Request, plan model.Instance, image openstack.Image) error {
	compiled, err := request.Specs.Compile(request.Flavor, image.Properties)
	if err != nil {
		return plan.AtFlavor(request.Flavor, err)
	}
	needs := compiled.Needs
	password := cmp.Or(plan.AdminPass.ValueString(), plan.AdminPassWO.ValueString())
	request.AdminPass = password // read only by a customization of Windows
	content := configdrive.Content{Project: r.Client.Config.Project, PublicKey: request.PublicKey}
	switch {
	case needs.Customization == vmspec.CustomizeWindows:
	case password != "" && needs.OnWindows(image):
		content.AdminPass = password
	case password != "":
		if request.PasswordHash, err = hashPassword(password); err != nil {
			return openstack.AttributeErrorf("admin_pass", "it cannot be hashed: %w", err)
		}
		content.PasswordHash = request.PasswordHash
	}
	if plan.ConfigDrive.ValueBool() || needs.ConfigDrive {
		request.ConfigDrive = func(s openstack.Server) ([]byte, error) {
			content.Server = s
			return configdrive.Build(content)
		}
	}
	return nil
}

// hintsFor fills in the policy of the server group.
func (r instance) hintsFor(ctx context.Context, h openstack.Hints) (openstack.Hints, error) {
	if h.Group == "" {
		return h, nil
	}
	g, err := r.Client.ServerGroups.Find(ctx, h.Group)
	if err != nil {
		return h, openstack.AttributeErrorf("scheduler_hints", "group: %w", err)
	}
	h.Policy = g.Policy
	return h, nil
}
