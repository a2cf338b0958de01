// SPDX-License-Identifier: MPL-2.0

package images

import (
	"context"
	"errors"
	"os"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planImage completes a plan, and refuses what cannot be made or changed.
func planImage(ctx context.Context, req imageRequest) error {
	plan, state := req.Plan, req.State
	if err := checkImage(*req.Config); err != nil {
		return err
	}
	if state != nil && req.Client != nil {
		req.Client.Planned.Images.Own(state.ID.ValueString())
	}
	if err := planProperties(ctx, req); err != nil {
		return err
	}
	if state == nil {
		return planCreation(ctx, req)
	}
	if replaced := plan.replacing(*state); len(replaced) > 0 {
		if state.Protected.ValueBool() {
			return openstack.AttributeErrorf("protected", "the image %s is protected, and this plan replaces it (%s): set protected = false and "+
				"apply that first", state.Name.ValueString(), named(replaced))
		}
		req.Replace(replaced...)
		return nil
	}
	planChange(req)
	if client := req.Client; client != nil && crud.Known(plan.Name) && !plan.Name.Equal(state.Name) {
		return client.Images.Taken(ctx, plan.spec(), client.Planned.Images.Owns)
	}
	return nil
}

// planProperties refuses properties that no instance could have, and warns of those that mean nothing here.
func planProperties(ctx context.Context, req imageRequest) error {
	plan, state := req.Plan, req.State
	if !crud.Known(plan.Properties) || state != nil && plan.Properties.Equal(state.Properties) {
		return nil
	}
	properties := crud.StringMap(plan.Properties)
	if err := vmspec.CheckProperties(properties); err != nil {
		return err
	}
	if lost := vmspec.PassedOver(properties); len(lost) > 0 && req.Client != nil {
		crud.WarnOnce(ctx, req.Client.Planned, "Properties of the image "+plan.Name.ValueString()+" without effect",
			"The image "+plan.Name.ValueString()+" has properties that are kept and mean nothing on vSphere: "+strings.Join(lost, ", "))
	}
	return nil
}

// planCreation looks at the file where it is there, and announces the image to the plans of instances and volumes.
func planCreation(ctx context.Context, req imageRequest) error {
	plan, client := req.Plan, req.Client
	if err := checkMade(*req.Config); err != nil {
		return err
	}
	if plan.ID = plan.ImageID; crud.Known(plan.ID) {
		plan.ID = types.StringValue(strings.ToLower(plan.ID.ValueString()))
	}
	size, err := plan.inspect(ctx)
	if err != nil {
		return openstack.AttributeErrorf("local_file_path", "%w", err)
	}
	if client == nil || !crud.Known(plan.Name, plan.Storage, plan.Library) {
		return nil
	}
	if client.Planned.Images.Claim(plan.place(), "") {
		return openstack.AttributeErrorf("name", "another image of this configuration is to be called %q too: names are unique %s, so choose "+
			"another", plan.Name.ValueString(), plan.within())
	}
	if err := client.Images.Taken(ctx, plan.spec(), client.Planned.Images.Owns); err != nil {
		return err
	}
	coming := openstack.Image{ImageSpec: plan.spec(), SizeBytes: size, RootGiB: (size + 1<<30 - 1) >> 30}
	client.Planned.Images.Expect(coming)
	return nil
}

// inspect returns the size of the disk in the file, and refuses another format than the configuration says. A file that is not there yet
// may be made by the same apply; of a compressed one nothing can be seen.
func (m madeModel) inspect(ctx context.Context) (size int64, err error) {
	if !crud.Known(m.LocalPath, m.DiskFormat, m.Container, m.Decompress) || m.LocalPath.ValueString() == "" || m.compressed() {
		return 0, nil
	}
	if _, err := os.Stat(m.LocalPath.ValueString()); errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	return diskimage.Inspect(ctx, m.source(m.LocalPath.ValueString()))
}

// place is what is unique of an image: its name, and where it is kept.
func (m madeModel) place() string {
	return m.Storage.ValueString() + "/" + m.Library.ValueString() + "/" + m.Name.ValueString()
}

// within says where names are unique.
func (m madeModel) within() string {
	if m.inLibrary() {
		return "in the library " + m.Library.ValueString()
	}
	return "among templates of this provider"
}

// planChange plans a change in place: what stays as it is, and what the change makes of the image for other plans.
func planChange(req imageRequest) {
	plan, state := req.Plan, req.State
	plan.ID = state.ID
	plan.File, plan.Updated = state.File, state.Updated
	if !plan.changes(*state) {
		return
	}
	if plan.Updated = types.StringUnknown(); !plan.Name.Equal(state.Name) {
		plan.File = types.StringUnknown()
	}
	if client := req.Client; client != nil && crud.Known(plan.Name, plan.Properties, plan.Tags, plan.MinDisk, plan.MinRAM) {
		client.Planned.Images.Expect(openstack.Image{ImageSpec: plan.spec()})
	}
}

// changes reports whether the vCenter must hear of a difference. Arguments that only say how the image was made are none.
func (m madeModel) changes(was madeModel) bool {
	return !crud.Known(m.Name, m.Properties, m.Tags, m.MinDisk, m.MinRAM, m.Protected, m.Hidden, m.Visibility, m.Cached) ||
		!reflect.DeepEqual(m.spec(), was.spec())
}

// replacing are the arguments whose change makes another image. What an imported image was made of is not known, and so no difference.
func (m madeModel) replacing(was madeModel) (arguments path.Paths) {
	change := func(argument string, changed bool) {
		if changed {
			arguments = append(arguments, path.Root(argument))
		}
	}
	other := func(now, before types.String) bool {
		return now.IsUnknown() || now.ValueString() != before.ValueString()
	}
	made := was.LocalPath.ValueString()+was.URL.ValueString() != ""
	change("local_file_path", made && other(m.LocalPath, was.LocalPath))
	change("image_source_url", made && other(m.URL, was.URL))
	change("decompress", made && (m.Decompress.IsUnknown() || m.Decompress.ValueBool() != was.Decompress.ValueBool()))
	change("image_checksum", was.FileSum.ValueString() != "" && (m.FileSum.IsUnknown() || m.FileSum.ValueString() != "") &&
		other(m.FileSum, was.FileSum))
	change("image_id", m.ImageID.IsUnknown() || !strings.EqualFold(m.ImageID.ValueString(), was.ImageID.ValueString()))
	change("container_format", other(m.Container, was.Container))
	change("disk_format", other(m.DiskFormat, was.DiskFormat))
	change("storage", other(m.Storage, was.Storage))
	change("library", other(m.Library, was.Library))
	return arguments
}

// named lists arguments for a message.
func named(arguments path.Paths) string {
	names := make([]string, len(arguments))
	for i, argument := range arguments {
		names[i] = argument.String()
	}
	return strings.Join(names, ", ")
}

// planImageDeletion refuses to delete an image that is protected.
func planImageDeletion(_ context.Context, req imageRequest) error {
	if req.State.Protected.ValueBool() {
		return openstack.AttributeErrorf("protected", "the image %s is protected: set protected = false and apply that, and destroy it then",
			req.State.Name.ValueString())
	}
	return nil
}
