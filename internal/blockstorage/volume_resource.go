// SPDX-License-Identifier: MPL-2.0

// Package blockstorage holds the resources and data sources of the block storage service: volumes, which are first class disks.
package blockstorage

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

// Volume is the resource of a disk that lives without an instance.
var Volume = crud.Resource[*vcenter.Client, volumeModel]{
	Name: "blockstorage_volume", Schema: volumeSchema, Check: checkVolume, Plan: planVolume, PlanUnconfigured: planVolume,
	PlanDelete: planVolumeDeletion, Create: createVolume, Read: readVolume, Update: updateVolume, Delete: deleteVolume, Import: importVolume,
	Timeouts: func(m *volumeModel) timeouts.Value { return m.Timeouts }, Timeout: volumeTimeout,
	Title: func(m *volumeModel) string { return m.Name.ValueString() },
}

type volumeRequest = *crud.Request[*vcenter.Client, volumeModel]

const volumeTimeout = 10 * time.Minute // the OpenStack provider's

func createVolume(ctx context.Context, req volumeRequest) (*volumeModel, error) {
	client, m := req.Client, *req.Plan
	warnLeftovers(ctx, client, m.spec())
	v, err := makeVolume(ctx, client, m.request())
	if v.ID == "" {
		return nil, err
	}
	warnUnkept(ctx, v)
	made := m.with(v)
	return &made, err
}

// warnLeftovers warns of volumes that an apply that was killed may have left. It is a help only, so that a failure to look is none.
func warnLeftovers(ctx context.Context, client *vcenter.Client, spec openstack.VolumeSpec) {
	left, _ := client.Volumes.Leftovers(ctx, spec)
	for _, v := range left {
		crud.WarnAt(ctx, path.Root("name"), "A volume of this name is there already", "The volume "+v.Name+" ("+v.ID+") has the same name and "+
			"size"+v.Mark.Clause()+", and no instance has it. If an apply that was killed has left it, nothing holds it: import it under an "+
			"address of its own, to use it or to destroy it. "+openstack.ImportHint("novasphere_blockstorage_volume", v.ID))
	}
}

// makeVolume makes a volume from what its source is.
func makeVolume(ctx context.Context, client *vcenter.Client, r volumes.Request) (openstack.Volume, error) {
	switch r.Source.Kind {
	case openstack.SourceImage:
		return client.Volumes.FromImage(ctx, r)
	case openstack.SourceVolume:
		return client.Volumes.Clone(ctx, r)
	case openstack.SourceSnapshot:
		return client.Volumes.FromSnapshot(ctx, r)
	}
	return client.Volumes.Create(ctx, r)
}

func readVolume(ctx context.Context, req volumeRequest) (*volumeModel, error) {
	client, m := req.Client, *req.State
	v, err := client.Volumes.Read(ctx, m.ID.ValueString())
	if err != nil {
		return nil, err
	}
	v.Type = client.Volumes.TypeOf(ctx, v)
	held, err := client.Volumes.Attachments(ctx, v.ID)
	return crud.Result(m.with(v).attachedTo(held), err)
}

func updateVolume(ctx context.Context, req volumeRequest) (*volumeModel, error) {
	client, plan := req.Client, *req.Plan
	v, err := client.Volumes.Update(ctx, plan.ID.ValueString(), plan.change(*req.State))
	if v.ID == "" {
		return nil, err
	}
	now := plan.with(v)
	return &now, err
}

func deleteVolume(ctx context.Context, req volumeRequest) error {
	client, m := req.Client, *req.State
	err := client.Volumes.Delete(ctx, m.ID.ValueString())
	if errors.Is(err, volumes.ErrForeign) {
		crud.WarnAt(ctx, path.Root("id"), "The disk stays", "The volume "+m.Name.ValueString()+" was not made by this provider: it is no "+
			"longer managed, and is left as it is")
		return nil
	}
	return err
}

// importVolume accepts the id of a volume, whoever made it.
func importVolume(ctx context.Context, req volumeRequest) (*volumeModel, error) {
	client, id := req.Client, strings.ToLower(req.ID)
	v, err := client.Volumes.Inspect(ctx, id)
	if err != nil {
		return nil, err
	}
	warnUnkept(ctx, v)
	v.Type = client.Volumes.TypeOf(ctx, v)
	held, err := client.Volumes.Attachments(ctx, v.ID)
	return crud.Result(emptyVolume().with(v).attachedTo(held), err)
}

// warnUnkept warns of a volume whose disk a vCenter deletes with the machine that has it.
func warnUnkept(ctx context.Context, v openstack.Volume) {
	if v.Kept == nil || *v.Kept {
		return
	}
	crud.WarnAt(ctx, path.Root("id"), "A machine takes the volume along", "The disk of the volume "+v.Name+" ("+v.ID+") does not have "+
		"the flag keepAfterDeleteVm: a machine that is destroyed in the vSphere client while it has the volume takes it along. This provider "+
		"detaches it first. An update of the volume sets the flag, where the vCenter takes it")
}
