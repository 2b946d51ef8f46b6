create table measured (sensor int not null, value numeric not null);
