// SPDX-License-Identifier: MPL-2.0

package images

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
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
)

// Image is the resource of an image that is made of a file.
var Image = crud.Resource[*vcenter.Client, madeModel]{
	Name: "images_image", Schema: resourceSchema, Check: checkImage, Plan: planImage, PlanUnconfigured: planImage,
	PlanDelete: planImageDeletion, Create: createImage, Read: readMade, Update: updateImage, Delete: deleteImage, Import: importImage,
	Timeouts: func(m *madeModel) timeouts.Value { return m.Timeouts }, Timeout: imageTimeout,
	Title: func(m *madeModel) string { return m.Name.ValueString() }, Moves: imageMoves,
}

type imageRequest = *crud.Request[*vcenter.Client, madeModel]

const imageTimeout = 30 * time.Minute // the OpenStack provider's

func createImage(ctx context.Context, req imageRequest) (*madeModel, error) {
	client, m := req.Client, *req.Plan
	client.Planned.Images.Release(m.place())
	p := &progress{ctx: ctx, image: m.Name.ValueString()}
	r := m.request()
	if !m.fetched() {
		done, err := m.content(ctx, &r, p)
		if err != nil {
			return nil, err
		}
		defer done()
	}
	p.begin("sending")
	i, err := client.Images.Create(ctx, r)
	if i.ID == "" {
		return nil, p.failed(err)
	}
	client.Planned.Images.Made(i.Name, i.ID)
	made := m.with(i)
	return &made, p.failed(err)
}

func readMade(ctx context.Context, req imageRequest) (*madeModel, error) {
	client, m := req.Client, *req.State
	client.Planned.Images.Own(m.ID.ValueString())
	i, err := client.Images.Read(ctx, m.ID.ValueString())
	return crud.Result(m.with(i), err)
}

func updateImage(ctx context.Context, req imageRequest) (*madeModel, error) {
	client, plan, state := req.Client, *req.Plan, *req.State
	if !plan.changes(state) {
		return &plan, nil
	}
	i, err := client.Images.Update(ctx, plan.spec())
	if i.ID == "" {
		return nil, err
	}
	client.Planned.Images.Made(i.Name, i.ID)
	now := plan.with(i)
	return &now, err
}

func deleteImage(ctx context.Context, req imageRequest) error {
	client, m := req.Client, *req.State
	err := client.Images.Delete(ctx, m.ID.ValueString())
	if errors.Is(err, image.ErrForeign) {
		crud.WarnAt(ctx, path.Root("id"), "The image stays", "The image "+m.Name.ValueString()+" was not made by this provider: it is no "+
			"longer managed, and is left as it is")
		return nil
	}
	return err
}

// importImage accepts the id or the name of an image, whoever made it.
func importImage(ctx context.Context, req imageRequest) (*madeModel, error) {
	client := req.Client
	i, err := client.Images.Read(ctx, strings.ToLower(req.ID))
	if errors.Is(err, openstack.ErrNotFound) {
		if byName, failed := client.Images.Find(ctx, image.Query{Name: req.ID}); failed == nil {
			i, err = client.Images.Read(ctx, byName.ID)
		}
	}
	return crud.Result(emptyImage().with(i), err)
}
