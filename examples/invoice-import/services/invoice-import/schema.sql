CREATE TABLE invoices (
    job_id   text    NOT NULL,
    line     integer NOT NULL,
    customer text    NOT NULL,
    euros    numeric NOT NULL,
    PRIMARY KEY (job_id, line)
);
