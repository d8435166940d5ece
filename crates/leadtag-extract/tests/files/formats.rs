//! What stands in the files.

use std::fs;

use leadtag_extract::sink::Sink;
use leadtag_extract::{Cell, ColumnKind};
use serde_json::json;

use crate::rows::{lead, leads, objects, open, put};

#[test]
fn json_lines_have_fixed_members_and_those_attributes_that_say_something() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    let table = leads(&[("score", ColumnKind::Int), ("more", ColumnKind::Json)]);
    let more = Cell::Json("{\"a\":\n [1]}".into());
    put(
        &mut sink,
        &table,
        vec![
            lead("crm", "1", "赵\n\"", vec![Cell::Int(5), more]),
            lead("crm", "2", "B", vec![Cell::Null, Cell::Json(String::new())]),
        ],
    );
    sink.finish().unwrap();
    let fixed =
        "\"mobiles\":[\"19900001234\"],\"synced_at\":\"2023-11-14T22:13:21Z\",\"deleted_at\":null";
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!(
            "{{\"provider\":\"crm\",\"id\":\"1\",\"name\":\"赵\\n\\\"\",{fixed},\"score\":5,\"more\":{{\"a\":  [1]}}}}\n\
             {{\"provider\":\"crm\",\"id\":\"2\",\"name\":\"B\",{fixed},\"more\":null}}\n"
        )
    );
}

#[test]
fn json_lines_get_wider_in_mid_run_and_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "0", "Z", vec![])]);
    let int = leads(&[("x", ColumnKind::Int)]);
    put(&mut sink, &int, vec![lead("crm", "1", "A", vec![Cell::Int(1)])]);
    sink.upsert(&int, vec![lead("crm", "2", "B", vec![Cell::Int(2)])]).unwrap();
    let text = leads(&[("x", ColumnKind::Text)]);
    put(&mut sink, &text, vec![lead("crm", "3", "C", vec![Cell::Text("abc".into())])]);
    sink.finish().unwrap();
    let xs = |path| objects(path).into_iter().map(|row| row["x"].clone()).collect::<Vec<_>>();
    assert_eq!(xs(&path), [json!(null), json!("1"), json!("2"), json!("abc")]);
    let mut sink = open(&path);
    let any = leads(&[("x", ColumnKind::Json)]);
    put(&mut sink, &any, vec![lead("crm", "4", "D", vec![Cell::Json("[\"a\"]".into())])]);
    sink.finish().unwrap();
    assert_eq!(xs(&path), [json!(null), json!("1"), json!("2"), json!("abc"), json!(["a"])]);
    assert_eq!(open(&path).tables().unwrap(), [any]);
}

#[cfg(feature = "csv")]
mod csv {
    use std::sync::Arc;

    use leadtag_extract::sink::files::Csv;

    use super::*;
    use crate::rows::{at, open_as};

    #[test]
    fn a_spreadsheet_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leads.csv");
        let mut sink = open_as(&path, Arc::new(Csv));
        let table = leads(&[("=cmd", ColumnKind::Text), ("n", ColumnKind::Int)]);
        put(
            &mut sink,
            &table,
            vec![
                lead(
                    "crm",
                    "1",
                    "赵, \"子\"\r\n龙",
                    vec![Cell::Text("=1+1".into()), Cell::Int(-5)],
                ),
                lead("crm", "2", "B", vec![Cell::Text("-".into())]),
            ],
        );
        sink.finish().unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "\u{feff}provider,id,name,mobiles,synced_at,deleted_at,'=cmd,n\r\n\
             crm,1,\"赵, \"\"子\"\"\r\n龙\",\"[\"\"19900001234\"\"]\",2023-11-14T22:13:21Z,,'=1+1,-5\r\n\
             crm,2,B,\"[\"\"19900001234\"\"]\",2023-11-14T22:13:21Z,,-,\r\n"
        );
    }

    #[test]
    fn it_gets_wider_and_rows_go_across_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leads.csv");
        let mut sink = open_as(&path, Arc::new(Csv));
        let first = lead("crm", "1", "a\nb", vec![]).with_snapshot(1);
        let second = lead("crm", "2", "c\r\n\"d", vec![]).with_snapshot(1);
        put(&mut sink, &leads(&[]), vec![first, second]);
        sink.finish().unwrap();
        let mut sink = open_as(&path, Arc::new(Csv));
        let table = leads(&[("x", ColumnKind::Text), ("y", ColumnKind::Int)]);
        let row = lead("crm", "1", "=e", vec![Cell::Text("'=".into()), Cell::Int(1)]);
        put(&mut sink, &table, vec![row.with_snapshot(2)]);
        sink.delete_unseen("crm", 2, at(0)).unwrap();
        sink.commit(&[]).unwrap();
        sink.finish().unwrap();
        let mut sink = open_as(&path, Arc::new(Csv));
        let table = leads(&[("x", ColumnKind::Json), ("y", ColumnKind::Float)]);
        put(&mut sink, &table, vec![lead("crm", "3", "f", vec![Cell::Null, Cell::Float(0.5)])]);
        sink.finish().unwrap();
        let list = "\"[\"\"19900001234\"\"]\"";
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            format!(
                "\u{feff}provider,id,name,mobiles,synced_at,deleted_at,x,y\r\n\
                 crm,2,\"c\r\n\"\"d\",{list},2023-11-14T22:13:20Z,2023-11-14T22:13:20Z,,\r\n\
                 crm,1,'=e,{list},2023-11-14T22:13:21Z,,\"\"\"'=\"\"\",1\r\n\
                 crm,3,f,{list},2023-11-14T22:13:21Z,,,0.5\r\n"
            )
        );
    }
}
