// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// QoSPolicyData finds one QoS policy.
var QoSPolicyData = crud.DataSource[sdn.Backend, standardDataModel]{Name: "networking_qos_policy", Schema: qosPolicyDataSchema,
	Read: readQoSPolicyData}

func qosPolicyDataSchema(context.Context) schema.Schema {
	attributes := standardFilters("policy")
	attributes["is_default"] = askedFlag("Whether it is recorded as the default policy.")
	return schema.Schema{MarkdownDescription: "Finds one QoS policy by all that is written.", Attributes: attributes}
}

func readQoSPolicyData(ctx context.Context, backend sdn.Backend, m standardDataModel) (standardDataModel, error) {
	m.warn(ctx, backend.Planned())
	all, err := backend.QoSPolicies(ctx)
	if err != nil {
		return m, err
	}
	p, err := sole(all, func(p openstack.QoSPolicy) bool { return m.are(standardOfPolicy(p)) }, "QoS policy",
		func(p openstack.QoSPolicy) string { return p.ID })
	m.withStandard(standardOfPolicy(p))
	return m, err
}
