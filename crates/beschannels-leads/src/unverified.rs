//! Endpoints that one document alone describes. What they answer is mostly not described at all
//! and is given as it came.

use leadtag_core::{RawJson, Reply, Result};

use crate::BeschannelsClient;
use crate::model::{
    AssignLeads, CdpDetail, CustomersAdd, DelLeads, EditLeads, EditObject, GetRemarksList,
    LeadsBehaviorList, LeadsBehaviorType, ObjectList,
};

impl BeschannelsClient {
    /// Creates or changes a market lead (新增/编辑线索). Unverified: vendor's document 60245728
    /// alone. Never sent again when its outcome is unknown.
    ///
    /// # Errors
    /// `InvalidArgument` without a mobile and an e-mail address; or as the platform answers.
    pub async fn edit_leads(&self, request: &EditLeads) -> Result<Reply<RawJson>> {
        self.write("edit-leads", request).await
    }

    /// Deletes market leads. Unverified: vendor's document 60245730 alone. Never sent again when
    /// its outcome is unknown.
    ///
    /// # Errors
    /// `InvalidArgument` if neither ids nor a rule are given; or as the platform answers.
    pub async fn del_leads(&self, request: &DelLeads) -> Result<Reply<()>> {
        self.write_done("del-leads", request).await
    }

    /// Gives market leads to another owner (市场线索-变更归属人). Unverified: vendor's document
    /// 60245733 alone. Never sent again when its outcome is unknown.
    ///
    /// # Errors
    /// `InvalidArgument` without an owner, or if neither ids nor a rule are given; or as the
    /// platform answers.
    pub async fn assign_leads(&self, request: &AssignLeads) -> Result<Reply<RawJson>> {
        self.write("assign-leads", request).await
    }

    /// Lists the remarks on leads (跟进记录). Unverified: vendor's document 60245731 alone.
    ///
    /// # Errors
    /// `InvalidArgument` if neither ids nor a rule are given; or as the platform answers.
    pub async fn get_remarks_list(&self, request: &GetRemarksList) -> Result<Reply<RawJson>> {
        self.read("get-remarks-list", request).await
    }

    /// Lists the kinds of behaviours of leads. `multipart`. Unverified: vendor's document 87491003
    /// alone.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty user; or as the platform answers.
    pub async fn leads_behavior_type(&self, request: &LeadsBehaviorType) -> Result<Reply<RawJson>> {
        self.read_parts("leads-behavior-type", request).await
    }

    /// Lists the behaviours of a lead. `multipart`. Unverified: vendor's document 87491005 alone.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty user, or without a lead; or as the platform answers.
    pub async fn leads_behavior_list(&self, request: &LeadsBehaviorList) -> Result<Reply<RawJson>> {
        self.read_parts("leads-behavior-list", request).await
    }

    /// Lists the rows of an object. Unverified: vendor's document 243928289 alone, which marks it
    /// as being developed.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty user or object, or a page number or size of 0; or as the
    /// platform answers.
    pub async fn object_list(&self, request: &ObjectList) -> Result<Reply<RawJson>> {
        self.read("object-list", request).await
    }

    /// Creates or changes a row of an object. Unverified: vendor's document 243929848 alone, which
    /// marks it as being developed. Never sent again when its outcome is unknown.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty user, object or record type; or as the platform answers.
    pub async fn edit_object(&self, request: &EditObject) -> Result<Reply<RawJson>> {
        self.write("edit-object", request).await
    }

    /// Adds or changes a row of an external data source (新增/编辑客群数据). Unverified: known from
    /// a single public client. Never sent again when its outcome is unknown.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty user or table, or no data; or as the platform answers.
    pub async fn customers_add(&self, request: &CustomersAdd) -> Result<Reply<RawJson>> {
        self.write("customers-add", request).await
    }

    /// The fields of a table, with the options of each (表结构详情). `multipart`. Unverified:
    /// vendor's document 60245735 alone.
    ///
    /// # Errors
    /// `InvalidArgument` if neither an id nor a name is given; or as the platform answers.
    pub async fn cdp_detail(&self, request: &CdpDetail) -> Result<Reply<RawJson>> {
        self.read_parts("cdp/detail", request).await
    }
}
