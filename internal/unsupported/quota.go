// SPDX-License-Identifier: MPL-2.0

package unsupported

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// quota returns a data source that answers -1 for every maximum, which is OpenStack's value for unlimited.
func (n noun) quota() datasource.DataSource {
	return crud.DataSource[client, types.Object]{Name: n.name, Read: n.readQuota,
		Schema: func(ctx context.Context) schema.Schema {
			s := n.dataSchema(ctx)
			s.MarkdownDescription = n.about + " A vCenter has no quotas: every maximum is -1, unlimited, whichever project is asked for."
			return s
		}}.New()
}

func (n noun) readQuota(ctx context.Context, _ client, m types.Object) (types.Object, error) {
	values := m.Attributes()
	values["id"] = values["project_id"]
	for _, a := range n.arguments {
		switch {
		case a.mode == computed && a.is == number:
			values[a.name] = types.Int64Value(-1)
		case a.mode == computed && a.is == pairs:
			values[a.name] = types.MapValueMust(types.StringType, map[string]attr.Value{})
		}
	}
	return types.ObjectValueMust(m.AttributeTypes(ctx), values), nil
}
