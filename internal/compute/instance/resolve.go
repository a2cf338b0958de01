package instance

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/configdrive"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// resolve turns names into what they stand for.
func (r instance) resolve(ctx context.Context, plan instanceModel) (vcenter.ServerRequest, error) {
	request := vcenter.ServerRequest{ServerSpec: plan.spec(), Label: true, Specs: new(vmspec.Compiler)}
	var err error
	if request.Flavor, err = r.Client.Flavor(ctx, request.Flavor.ID, request.Flavor.Name); err != nil {
		return request, openstack.AttributeErrorf(plan.flavorField(), "%w", err)
	}
	if err := vmspec.Usable(request.Flavor); err != nil {
		return request, plan.atFlavorField(err)
	}
	if request.Hints, err = r.hintsFor(ctx, request.Hints); err != nil {
		return request, err
	}
	image, err := r.Client.BootImage(ctx, request.ImageID, request.ImageName)
	if err != nil {
		return request, openstack.AttributeErrorf(plan.imageField(), "%w", err)
	}
	if err := plan.atImage(vmspec.Bootable(image)); err != nil {
		return request, err
	}
	request.ImageID, request.ImageName = image.ID, image.Name
	if request.KeyPair != "" {
		key, _, err := r.Client.KeyPair(ctx, "", request.KeyPair)
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
			return request, openstack.AttributeErrorf(nicBlock(i), "%w", err)
		}
		request.Networks = append(request.Networks, network)
		request.NICs[i].NetworkID, request.NICs[i].NetworkName = network.ID, network.Name
	}
	return request, nil
}

// networkOf is the network of a NIC that is asked for: the one that is named, or that its port is on.
func (r instance) networkOf(ctx context.Context, nic openstack.NIC) (openstack.Network, error) {
	if nic.Port == "" || nic.NetworkID != "" {
		return r.Client.Networks.Network(ctx, nic.NetworkID, nic.NetworkName)
	}
	port, err := r.Network.FindPort(ctx, nic.Port)
	if err != nil {
		return openstack.Network{}, err
	}
	return r.Client.Networks.Network(ctx, port.NetworkID, nic.NetworkName)
}

// addSecrets hands the administrator's password to the guest: to Linux as a hash, to Windows by the config drive alone, or by
// vSphere's guest customization alone where the image asks for that.
func (r instance) addSecrets(request *vcenter.ServerRequest, plan instanceModel, image openstack.Image) error {
	compiled, err := request.Specs.Compile(request.Flavor, image.Properties)
	if err != nil {
		return plan.atFlavor(request.Flavor, err)
	}
	needs := compiled.Needs
	password := cmp.Or(plan.AdminPass.ValueString(), plan.AdminPassWO.ValueString())
	request.AdminPass = password // only a customization of Windows looks at it
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

// nameNetworks fills in the networks' names, which the VM does not know. One that cannot be looked up keeps none.
func (r instance) nameNetworks(ctx context.Context, s *openstack.Server) { r.nameUnknown(ctx, s, nil) }

// nameUnknown is nameNetworks but for the networks whose names the blocks hold.
func (r instance) nameUnknown(ctx context.Context, s *openstack.Server, blocks []networkModel) {
	for i := range s.NICs {
		known := slices.ContainsFunc(blocks, func(b networkModel) bool {
			return strings.EqualFold(b.MAC.ValueString(), s.NICs[i].MAC) && (b.UUID.ValueString() == s.NICs[i].NetworkID ||
				crud.WrittenEmpty(b.UUID))
		})
		if known || s.NICs[i].Attached {
			continue
		}
		if network, err := r.Client.Networks.Network(ctx, s.NICs[i].NetworkID, ""); err == nil {
			s.NICs[i].NetworkName = network.Name
		}
	}
}
